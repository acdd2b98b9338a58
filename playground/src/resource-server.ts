import type { IncomingMessage, RequestListener } from 'node:http'
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { createProofChecker } from './dpop-proof.ts'
import { isRefusal, type Refusal, refuse } from './refusal.ts'

/** What one must be allowed to do at this API. */
export const apiScope = 'tea:read'

export interface ApiSettings {
  readonly origin: string
  /** The resource indicator that stands in `aud`. */
  readonly resource: string
  readonly issuer: string
  /** Finds the issuer's key for an access token. */
  readonly keys: JWTVerifyGetKey
  /** Epoch seconds. */
  readonly now?: () => number
}

/**
 * The demo's resource server: GET /tea gives JSON to who proves possession of the key that the access token is bound to.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-7 RFC 9449, section 7}
 */
export function createApi(settings: ApiSettings): RequestListener {
  const { origin, now = () => Date.now() / 1000 } = settings
  const proofs = createProofChecker(now)

  const authorize = async (req: IncomingMessage, url: string): Promise<JWTPayload | Refusal> => {
    const [, scheme, access_token] = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*)$/.exec(req.headers.authorization ?? '') ?? []
    if (scheme?.toLowerCase() !== 'dpop' || access_token === undefined)
      return req.headers.authorization === undefined ? refuse.noToken : refuse.token('Send the token as DPoP, not as Bearer.')
    const token = await verifyAccessToken(access_token, settings, now())
    if (!token) return refuse.token('The access token is no at+jwt of this issuer for this API, or it has expired.')
    const refusal = await proofs.check({
      proofs: req.headersDistinct.dpop ?? [],
      method: req.method ?? '',
      url,
      access_token,
      jkt: token.jkt,
    })
    if (refusal) return refusal
    return String(token.claims.scope).split(' ').includes(apiScope) ? token.claims : refuse.scope
  }

  return async (req, res) => {
    const url = URL.parse(req.url ?? '/', origin)
    const send = (status: number, body: object, headers: Readonly<Record<string, string>> = {}) =>
      res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers }).end(JSON.stringify(body))
    if (url?.pathname !== '/tea' || req.method !== 'GET') return send(404, { error: 'not_found' })
    const answer = await authorize(req, origin + url.pathname)
    const nonce = { 'DPoP-Nonce': proofs.nonce() }
    if (!isRefusal(answer)) return send(200, { sub: answer.sub, client_id: answer.client_id, orders: ['Darjeeling', 'Assam'] }, nonce)
    const { status, error, description } = answer
    return send(status, { error, error_description: description }, { 'WWW-Authenticate': challenge(answer), ...nonce })
  }
}

function challenge({ error, description }: Refusal): string {
  return error === undefined ? 'DPoP algs="ES256"' : `DPoP error="${error}", error_description="${description}", algs="ES256"`
}

/** {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 RFC 9068, section 4}; a token that is not bound to a key is refused as well. */
async function verifyAccessToken(token: string, { issuer, resource, keys }: ApiSettings, now: number) {
  try {
    const { payload: claims } = await jwtVerify<{ cnf?: { jkt?: unknown } }>(token, keys, {
      issuer,
      audience: resource,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
      currentDate: new Date(now * 1000),
    })
    const jkt = claims.cnf?.jkt
    return typeof jkt === 'string' ? { claims, jkt } : undefined
  } catch {
    return undefined
  }
}
