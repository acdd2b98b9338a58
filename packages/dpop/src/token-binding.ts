import { decodeJwt, encodeBase64Url, sha256 } from '@oidc/core/plugin'
import { dpopError } from './dpop-error.js'

/** What proofs need to know of an access token. */
export interface TokenDescription {
  /** {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.2 RFC 9449, section 4.2} */
  readonly ath: string
  /** The thumbprint of the key that it is bound to, where that can be read. */
  readonly jkt: string | undefined
}

export async function describeToken(access_token: string): Promise<TokenDescription> {
  return { ath: encodeBase64Url(await sha256(access_token)), jkt: readBinding(access_token) }
}

/** Whether tokens are presented with proofs. */
export function isBound({ token_type }: { readonly token_type: string }): boolean {
  return token_type.toLowerCase() === 'dpop'
}

/**
 * A token that is not bound is worth to a thief what it is worth to us: it is not taken unless that was asked for.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449, section 5}
 *
 * @throws `DPOP_TOKEN_TYPE`
 */
export function checkTokenType(token_type: string, allowBearerDowngrade: boolean): void {
  // Core lets N_A pass only where a token exchange gave something else than an access token: RFC 8693, section 2.2.1.
  if (isBound({ token_type }) || token_type === 'N_A') return
  if (allowBearerDowngrade && token_type.toLowerCase() === 'bearer') return
  throw dpopError(
    'DPOP_TOKEN_TYPE',
    `The server answered a request with a DPoP proof with a token of type ${JSON.stringify(token_type.slice(0, 32))}, which is not bound to the key. Have the server bind the tokens of this client, or accept Bearer ones with dpop({ allowBearerDowngrade: true }).`,
    { operation: 'token' },
  )
}

/**
 * A token that names another key would be refused by every server, or was swapped.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-6.1 RFC 9449, section 6.1}
 *
 * @throws `DPOP_BINDING`
 */
export function checkBinding(jkt: string | undefined, thumbprint: string): void {
  if (jkt !== undefined && jkt !== thumbprint)
    throw dpopError(
      'DPOP_BINDING',
      'The access token is bound to another DPoP key than this client has. Use the client with the key that the token was issued to, or start a new login.',
    )
}

/** `cnf.jkt` of a token that is a JWT; nothing of it is verified. Every other token is opaque, as most are meant to be. */
export function readBinding(access_token: string): string | undefined {
  try {
    const { cnf } = decodeJwt(access_token).claims
    const { jkt } = cnf as { readonly jkt?: unknown }
    return typeof jkt === 'string' ? jkt : undefined
  } catch {
    return undefined
  }
}
