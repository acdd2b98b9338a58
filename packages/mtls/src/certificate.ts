import { encodeBase64Url, sha256 } from '@oidc/core/plugin'
import { mtlsError } from './mtls-error.js'

/** A certificate: PEM text (of a chain, the first one), DER bytes, or what Node calls an X509Certificate. */
export type ClientCertificate = string | Uint8Array | { readonly raw: Uint8Array }

/**
 * The value of `x5t#S256`: the SHA-256 hash of the certificate's DER, in base64url. It is no secret.
 * {@link https://www.rfc-editor.org/rfc/rfc8705#section-3.1 RFC 8705, section 3.1}
 *
 * @throws `MTLS_CERTIFICATE_INVALID`
 */
export async function calculateCertificateThumbprint(certificate: ClientCertificate): Promise<string> {
  return encodeBase64Url(await sha256(readCertificate(certificate)))
}

/** Gives the DER. @throws `MTLS_CERTIFICATE_INVALID` */
export function readCertificate(certificate: unknown): Uint8Array {
  const der = typeof certificate === 'string' ? decodePem(certificate) : findBytes(certificate)
  if (der && isOneSequence(der)) return der
  throw mtlsError(
    'MTLS_CERTIFICATE_INVALID',
    'The certificate is neither PEM with a block CERTIFICATE, nor DER, nor an X509Certificate. Give the certificate that the fetch of the client presents, not its key.',
  )
}

function findBytes(value: unknown): Uint8Array | undefined {
  const bytes = typeof value === 'object' && value !== null && 'raw' in value ? value.raw : value
  return bytes instanceof Uint8Array ? bytes : undefined
}

const begin = '-----BEGIN CERTIFICATE-----'
const end = '-----END CERTIFICATE-----'

function decodePem(text: string): Uint8Array | undefined {
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) return undefined
  try {
    return Uint8Array.from(atob(text.slice(from + begin.length, to)), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** One DER sequence that fills all bytes, whose first member is a sequence again: a hash over anything else would fit nothing, ever. */
function isOneSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der
  const lengthBytes = first < 128 ? 0 : first & 127
  let length = first < 128 ? first : 0
  for (const byte of der.subarray(2, 2 + lengthBytes)) length = length * 256 + byte
  const start = 2 + lengthBytes
  // A private key begins with its version, a number.
  return tag === 0x30 && lengthBytes <= 4 && der.length === start + length && der[start] === 0x30
}
