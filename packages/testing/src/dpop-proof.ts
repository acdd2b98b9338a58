import type { JsonObject } from '@oidc/core'
import { encodeBase64Url, sha256 } from '@oidc/core/plugin'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import { refuse } from './oauth-error.js'
import type { Received, State } from './state.js'

/** The nonce that proofs must carry while the feature is on; it changes every five minutes. */
export const dpopNonce = ({ clock }: State): string => `dpop-nonce-${Math.floor(clock.now() / 300)}`

/**
 * Checks the proof of a request, if there is one, and gives the thumbprint of its key.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.3 RFC 9449, section 4.3}
 */
export async function checkProof(state: State, { request, url }: Received, access_token?: string): Promise<string | undefined> {
  const proof = request.headers.get('dpop')
  if (proof === null) return undefined
  const wrong = (why: string): never =>
    refuse('invalid_dpop_proof', why, access_token === undefined ? 400 : 401, challengeOf(access_token, 'invalid_dpop_proof'))
  let header: { readonly alg?: string; readonly typ?: string; readonly jwk?: JsonObject }
  let claims: JsonObject
  try {
    header = decodeProtectedHeader(proof) as typeof header
    const { payload } = await compactVerify(proof, await importJWK(header.jwk as JsonObject, header.alg))
    claims = JSON.parse(new TextDecoder().decode(payload)) as JsonObject
  } catch {
    return wrong('The proof is no JWT that its own key signed.')
  }
  if (header.typ !== 'dpop+jwt' || header.jwk?.d !== undefined) wrong('The header of the proof is wrong.')
  if (claims.htm !== request.method) wrong('htm is another method.')
  if (claims.htu !== `${url.origin}${url.pathname}`) wrong('htu is another address.')
  if (typeof claims.iat !== 'number' || Math.abs(state.clock.now() - claims.iat) > 60) wrong('iat is too far from now.')
  const key = `proof ${String(claims.jti)}`
  if (typeof claims.jti !== 'string' || state.used.has(key)) wrong('jti was used before, or is missing.')
  state.used.add(key)
  if (access_token !== undefined && claims.ath !== encodeBase64Url(await sha256(access_token))) wrong('ath is of another access token.')
  if (state.features.dpopNonces && claims.nonce !== dpopNonce(state)) {
    const headers = { ...challengeOf(access_token, 'use_dpop_nonce'), 'dpop-nonce': dpopNonce(state) }
    refuse('use_dpop_nonce', 'The proof needs the nonce of this server.', access_token === undefined ? 400 : 401, headers)
  }
  return calculateJwkThumbprint(header.jwk as JsonObject)
}

const challengeOf = (access_token: string | undefined, error: string): Record<string, string> =>
  access_token === undefined ? {} : { 'www-authenticate': `DPoP error="${error}"` }
