import type { ServerMetadata } from '@oidc/core'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export const startTime = 1_800_000_000
export const issuer = 'https://as.example'

export interface MemoryProvider {
  readonly metadata: ServerMetadata
  readonly fetch: typeof globalThis.fetch
  /** Paths that were asked for, oldest first. */
  readonly requests: string[]
  /** What was posted to the token endpoint. */
  readonly forms: Record<string, string>[]
  /** Every secret that was given or made, for tests of what leaks. */
  readonly secrets: Set<string>
  /** Answers the token request in place of the provider. */
  tokenAnswer: (() => Response | Promise<Response>) | undefined
  /** What a user who signs in does with an authorization URL: the parameters that the browser brings back. */
  authorize(url: string, sub?: string): URLSearchParams
  sign(claims: JWTPayload, header?: object): Promise<string>
  /** Further claims of ID tokens, e.g. `sid`. */
  claims: JWTPayload
}

export async function createProvider(base: string = issuer): Promise<MemoryProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }
  const grants = new Map<string, { readonly sub: string; readonly nonce: string; readonly scope: string }>()
  const secrets = new Set<string>()
  let serial = 0
  const secret = (name: string) => {
    const made = `canary-${name}-${++serial}-7d2f`
    secrets.add(made)
    return made
  }
  const sign = (claims: JWTPayload, header: object = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k', ...header }).sign(privateKey)

  async function redeem(form: URLSearchParams): Promise<Response> {
    const grant = grants.get(form.get('code') ?? '')
    secrets.add(form.get('code_verifier') ?? 'none')
    if (!grant) return Response.json({ error: 'invalid_grant' }, { status: 400 })
    grants.delete(form.get('code') ?? '')
    const { sub, nonce, scope } = grant
    const id_token = scope.includes('openid')
      ? await sign({
          iss: base,
          aud: 'app',
          sub,
          nonce,
          email: 'canary-7d2f@example.com',
          iat: startTime,
          exp: startTime + 3600,
          ...provider.claims,
        })
      : undefined
    return Response.json({
      access_token: secret('access'),
      refresh_token: secret('refresh'),
      token_type: 'Bearer',
      expires_in: 3600,
      scope,
      id_token,
    })
  }

  const provider: MemoryProvider = {
    metadata: {
      issuer: base,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      userinfo_endpoint: `${base}/userinfo`,
      jwks_uri: `${base}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
      pushed_authorization_request_endpoint: `${base}/par`,
      end_session_endpoint: `${base}/end`,
      revocation_endpoint: `${base}/revoke`,
    },
    requests: [],
    forms: [],
    secrets,
    tokenAnswer: undefined,
    claims: {},
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      provider.requests.push(pathname)
      if (pathname === '/jwks') return Response.json({ keys: [jwk] })
      if (pathname === '/revoke') return new Response(null, { status: 200 })
      if (pathname === '/userinfo') return Response.json({ sub: 'ada', name: 'Ada' })
      const form = new URLSearchParams(await request.text())
      provider.forms.push(Object.fromEntries(form))
      return provider.tokenAnswer?.() ?? redeem(form)
    },
    authorize(url, sub = 'ada') {
      const { searchParams } = new URL(url)
      const code = secret('code')
      const read = (name: string) => searchParams.get(name) ?? ''
      grants.set(code, { sub, nonce: read('nonce'), scope: read('scope') })
      secrets.add(read('state')).add(read('nonce'))
      return new URLSearchParams({ code, state: read('state') })
    },
    sign,
  }
  return provider
}
