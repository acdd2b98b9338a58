// Tokens that no honest server makes.
import { encodeBase64Url } from '../src/base/base64url.js'

/** A compact JWS over exactly this text, well-formed or not, with a true ES256 signature. Objects become JSON. */
export async function signText(key: CryptoKey, header: string | object, payload: string | object): Promise<string> {
  const input = `${segment(header)}.${segment(payload)}`
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, new TextEncoder().encode(input))
  return `${input}.${encodeBase64Url(new Uint8Array(signature))}`
}

/** A JWT that is not signed at all. */
export function unsigned(header: object, payload: object, signature = ''): string {
  return `${segment(header)}.${segment(payload)}.${signature}`
}

/** What a JWT claims. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
}

export function segment(value: string | object): string {
  return encodeBase64Url(typeof value === 'string' ? value : JSON.stringify(value))
}
