import { CompactSign } from 'jose/jws/compact/sign'
import type { JsonObject } from '../base/json.js'

/** Authenticates claims with HS256 as a compact JWS, under a secret that its verifier knows as well. */
export function signWithSecret(secret: string, claims: JsonObject, header: JsonObject = {}): Promise<string> {
  const utf8 = new TextEncoder()
  return new CompactSign(utf8.encode(JSON.stringify(claims))).setProtectedHeader({ ...header, alg: 'HS256' }).sign(utf8.encode(secret))
}
