import { encodeBase64Url } from './base64url.js'

/** Makes `length` bytes that nobody can guess. */
export type Random = (length: number) => Uint8Array

/** The cryptographic generator of the platform. */
export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

/** 32 random bytes in base64url: 43 characters, as {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.1 | RFC 7636 4.1} recommends. */
export function randomToken(random: Random): string {
  return encodeBase64Url(random(32))
}
