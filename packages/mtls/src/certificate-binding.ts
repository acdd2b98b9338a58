import { decodeJwt, isSame } from '@oidc/core/plugin'
import { type ClientCertificate, calculateCertificateThumbprint } from './certificate.js'
import { mtlsError } from './mtls-error.js'

/** Claims of a verified access token, or an introspection answer. */
export interface BoundClaims {
  readonly cnf?: unknown
}

/**
 * For resource servers: whether a token was issued for the certificate of the connection that it came by. A token that is bound to none is refused
 * as well. {@link https://www.rfc-editor.org/rfc/rfc8705#section-3 RFC 8705, section 3}
 *
 * @param claims Of an access token whose signature was verified, or what introspection gave.
 * @param certificate Of the TLS connection, e.g. `request.socket.getPeerX509Certificate()`.
 * @throws `MTLS_BINDING`: answer 401 with `invalid_token`; `MTLS_CERTIFICATE_INVALID`, also where the connection had no certificate
 */
export async function checkCertificateBinding(claims: BoundClaims, certificate: ClientCertificate): Promise<void> {
  const thumbprint = await calculateCertificateThumbprint(certificate)
  const bound = readThumbprint(claims)
  if (bound === undefined)
    throw mtlsError(
      'MTLS_BINDING',
      'The token is bound to no certificate: it has no cnf with x5t#S256. Refuse it with 401 and invalid_token.',
    )
  if (!isSame(bound, thumbprint)) throw otherCertificate()
}

/** What a client can see of its own tokens: one that names another certificate is of no use, or was swapped. @throws `MTLS_BINDING` */
export function checkTokenBinding(access_token: string, thumbprint: string): void {
  const bound = readThumbprint(decodeClaims(access_token))
  if (bound !== undefined && !isSame(bound, thumbprint)) throw otherCertificate()
}

function otherCertificate() {
  return mtlsError(
    'MTLS_BINDING',
    'The access token is bound to another certificate than this one. Use the certificate that it was issued for, or get a new token.',
  )
}

function readThumbprint(claims: BoundClaims | undefined | null): string | undefined {
  const cnf = claims?.cnf
  const thumbprint = typeof cnf === 'object' && cnf !== null && 'x5t#S256' in cnf ? cnf['x5t#S256'] : undefined
  return typeof thumbprint === 'string' ? thumbprint : undefined
}

/** Of a token that is a JWT; nothing of it is verified. Every other token is opaque, as most are meant to be. */
function decodeClaims(access_token: string): BoundClaims | undefined {
  try {
    return decodeJwt(access_token).claims
  } catch {
    return undefined
  }
}
