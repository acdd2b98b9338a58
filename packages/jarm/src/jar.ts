import { type Client, now, type Plugin, randomToken, type Signer, type SigningKey, signJwt } from '@oidc/core/plugin'
import type { RequestObjectEncryption } from './encrypt-with.js'
import { jarmError } from './jarm-error.js'
import { checkSigningAlgorithm, type RequestObjectClaims, toClaims } from './request-object.js'
import { type RequestObjectReference, referTo } from './request-object-reference.js'

export interface JAROptions {
  /** The private key, or a signer that calls a KMS or HSM. */
  readonly key: SigningKey | Signer
  /** Encrypts what is signed: `encryptWith({ key, alg, enc })`. */
  readonly encrypt?: RequestObjectEncryption | undefined
  /** Seconds that a request object is good for: 60, at most 300. */
  readonly lifetime?: number | undefined
  /** How it gets to the server: in the URL (or pushed, with `par()`), or fetched from this application. `value` by default. */
  readonly by?: 'value' | 'reference' | undefined
  /** Where it is fetched from, with `by: 'reference'`. */
  readonly reference?: RequestObjectReference | undefined
}

const typ = 'oauth-authz-req+jwt'

/**
 * Sends each authorization request as a signed object, so that nobody on the way can change what was asked for.
 * {@link https://www.rfc-editor.org/rfc/rfc9101 RFC 9101}
 *
 * @throws `JAR_OPTION_INVALID`, `URL_INVALID`, `URL_INSECURE`. From `createAuthorizationRequest`, before anything is sent: `JAR_ALGORITHM`,
 * `JAR_UNSUPPORTED`, `JAR_ENCRYPTION`, `KEY_INVALID`, `PARAMETER_RESERVED`, `PARAMETER_INVALID`
 */
export function jar({ key, encrypt, lifetime = 60, by = 'value', reference }: JAROptions): Plugin {
  if (typeof key !== 'object' || key === null || key instanceof Promise) throw optionError('key is no private key and no signer')
  if (encrypt !== undefined && typeof encrypt?.seal !== 'function')
    throw optionError('encrypt is not what encryptWith({ key, alg, enc }) gave')
  if (!(Number.isInteger(lifetime) && lifetime >= 1 && lifetime <= 300))
    throw optionError('lifetime is no whole number of seconds from 1 to 300')
  if (by !== 'value' && by !== 'reference') throw optionError("by is neither 'value' nor 'reference'")
  if ((by === 'reference') !== (reference !== undefined)) throw optionError("reference goes with by: 'reference', and with nothing else")
  const refer = reference && referTo(reference)

  const plugin: Plugin = {
    name: 'jar',
    authorization: {
      async protect(search, { client }) {
        const iat = now(client)
        const exp = iat + lifetime
        const { client_id } = client.metadata
        const claims: RequestObjectClaims = {
          ...toClaims(search),
          iss: client_id,
          aud: client.server.issuer,
          jti: randomToken(client),
          iat,
          nbf: iat,
          exp,
        }
        if (refer) checkReference(client)
        const signed = await signJwt(key, claims, { typ })
        checkSigningAlgorithm(client, signed)
        const object = encrypt ? await encrypt.seal(client, signed, typ) : signed
        const carried = refer ? { request_uri: await refer(client, object, exp) } : { request: object }
        return new URLSearchParams({ client_id, ...repeated(search), ...carried })
      },
    },
  }
  if (reference) references.set(plugin, reference)
  return plugin
}

export const references: WeakMap<Plugin, RequestObjectReference> = /* @__PURE__ */ new WeakMap()

/** What OpenID Connect Core, sections 6.1 and 6.2, wants beside the object, so that the request is one for OAuth 2.0 as well. */
function repeated(search: URLSearchParams): Readonly<Record<string, string>> {
  const scope = search.get('scope') ?? ''
  return scope.split(' ').includes('openid') ? { response_type: search.get('response_type') ?? '', scope } : {}
}

function checkReference({ server }: Client): void {
  if (server.request_uri_parameter_supported === false)
    throw jarmError(
      'JAR_UNSUPPORTED',
      `${server.issuer} fetches no request objects. Use jar({ by: 'value' }), with par() where the URL grows too long.`,
    )
}

function optionError(problem: string) {
  return jarmError('JAR_OPTION_INVALID', `The option ${problem}. Correct it: jar({ key }), and see the README for the others.`)
}
