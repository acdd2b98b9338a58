import { oidcError } from '../base/errors.js'

/** Bytes of each of the two numbers. {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 RFC 7518, section 3.4} */
const sizes: Readonly<Record<string, number>> = { ES256: 32, ES384: 48, ES512: 66 }

/**
 * Makes what a signer gave into the signature of a JWS. Key services give ECDSA signatures in DER, and JOSE wants `r || s` in fixed lengths:
 * servers refuse a DER one as a wrong signature, without a word of why.
 *
 * @throws `KEY_INVALID` for anything that is neither
 */
export function toJoseSignature(signature: unknown, alg: string): Uint8Array {
  if (!(signature instanceof Uint8Array) || !signature.length)
    throw invalid(alg, 'no bytes', 'Have it give a Uint8Array: the signature itself, and not its base64 text or a wrapper')
  const size = sizes[alg]
  if (size === undefined || signature.length === 2 * size) return signature
  const raw = parseDer(signature, size)
  if (raw) return raw
  throw invalid(
    alg,
    `${signature.length} bytes that are neither r || s (${2 * size} bytes) nor DER`,
    'Check the algorithm and the curve of the key that it signs with',
  )
}

/** A sequence of two integers, positive, as short as they can be, and nothing after them: two texts must not mean one signature. */
function parseDer(der: Uint8Array, size: number): Uint8Array | undefined {
  // Lengths from 128 on, which only P-521 reaches, have a byte 0x81 before them.
  const isLong = der[1] === 0x81
  const length = der[isLong ? 2 : 1] ?? 0
  const start = isLong ? 3 : 2
  if (der[0] !== 0x30 || isLong !== length >= 0x80 || length !== der.length - start) return undefined
  const r = readInteger(der, start, size)
  const s = r && readInteger(der, r.end, size)
  if (!s || s.end !== der.length) return undefined
  const raw = new Uint8Array(2 * size)
  raw.set(r.value, size - r.value.length)
  raw.set(s.value, 2 * size - s.value.length)
  return raw
}

function readInteger(der: Uint8Array, at: number, size: number): { readonly value: Uint8Array; readonly end: number } | undefined {
  const [tag, length = 0, first = 0, second = 0] = der.subarray(at, at + 4)
  const end = at + 2 + length
  if (tag !== 0x02 || length === 0 || length >= 0x80 || end > der.length) return undefined
  const isPadded = first === 0
  // A zero in front stands only where the number would otherwise be a negative one; alone it is the number zero, which no signature has.
  if (first >= 0x80 || (isPadded && (length === 1 || second < 0x80))) return undefined
  const value = der.subarray(isPadded ? at + 3 : at + 2, end)
  return value.length <= size ? { value, end } : undefined
}

function invalid(alg: string, seen: string, remedy: string) {
  return oidcError('KEY_INVALID', `The signer for ${alg} gave ${seen}. ${remedy}.`)
}
