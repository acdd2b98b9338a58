import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { verifyClientJwt } from '../jwt.js'
import { refuse } from '../oauth-error.js'
import type { State } from '../state.js'
import type { TestClient } from '../test-client.js'

/**
 * The parameters of an authorization request, out of the request object where there is one: by value or by reference, signed, and encrypted or not.
 * What stands beside the object counts for nothing. {@link https://www.rfc-editor.org/rfc/rfc9101#section-6 RFC 9101, section 6}
 */
export async function openRequest(state: State, client: TestClient, sent: URLSearchParams): Promise<URLSearchParams> {
  const text = sent.get('request') ?? (await fetchRequest(state, sent.get('request_uri')))
  if (text === undefined) return sent
  const jwt = text.split('.').length === 5 ? await decrypt(state, text) : text
  const verified = await verifyClientJwt(client, jwt)
  if (!verified) return refuse('invalid_request_object', 'The request object is not signed with a key of the client.')
  const { claims } = verified
  const audiences: readonly unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud]
  if (claims.iss !== client.client_id || claims.client_id !== client.client_id || !audiences.includes(state.issuer))
    refuse('invalid_request_object', 'iss, client_id or aud of the request object is wrong.')
  if (claims.request !== undefined || claims.request_uri !== undefined) refuse('invalid_request_object', 'A request object holds no other.')
  if (typeof claims.exp !== 'number' || claims.exp <= state.clock.now()) refuse('invalid_request_object', 'The request object has expired.')
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(claims))
    if (!['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'].includes(name))
      for (const one of Array.isArray(value) && name === 'resource' ? value : [value])
        parameters.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one))
  return parameters
}

async function fetchRequest(state: State, uri: string | null): Promise<string | undefined> {
  if (uri === null || uri.startsWith('urn:')) return undefined
  const answer = await state.reach(new Request(uri))
  if (!answer.ok) refuse('invalid_request_uri', `request_uri was answered with ${answer.status}.`)
  return answer.text()
}

async function decrypt({ keys }: State, jwe: string): Promise<string> {
  for (const { privateKey } of keys.decryption) {
    try {
      return new TextDecoder().decode((await compactDecrypt(jwe, privateKey)).plaintext)
    } catch {
      // Another key may fit.
    }
  }
  return refuse('invalid_request_object', 'The request object is encrypted to no key of this issuer.')
}
