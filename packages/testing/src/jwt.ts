import type { JsonObject } from '@oidc/core'
import { encodeBase64Url } from '@oidc/core/plugin'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { CompactEncrypt } from 'jose/jwe/compact/encrypt'
import { CompactSign } from 'jose/jws/compact/sign'
import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import type { JwtFault, JwtKind } from './faults/fault.js'
import type { State } from './state.js'
import { memberOf, type TestClient } from './test-client.js'

const utf8 = /* @__PURE__ */ new TextEncoder()

export interface JwtRequest {
  readonly kind: JwtKind
  readonly client: TestClient
  readonly claims: JsonObject
  readonly header?: JsonObject
}

/** Signs, encrypts where the client has registered it, and lets the faults that are on do their work. */
export async function issueJwt(state: State, { kind, client, claims, header }: JwtRequest): Promise<string> {
  const named = /id_token$/.test(kind) ? 'id_token' : kind
  const kinds = new Set<JwtKind>([named, kind])
  const faults: readonly JwtFault[] = [...kinds].flatMap((one) => state.faults.take((fault) => fault.jwt?.[one]))
  const body: Record<string, unknown> = structuredClone(claims)
  const alg = signingAlgorithm(state, kind, client)
  const top: Record<string, unknown> = { alg, ...header }
  for (const fault of faults) {
    fault.claims?.(body, state.clock.now())
    fault.header?.(top)
  }
  const key = faults.find((fault) => fault.key)?.key
  let jwt = await signBody(state, client, { alg, header: top, body, key })
  for (const fault of faults) jwt = fault.compact?.(jwt) ?? jwt
  const encrypted = await encryptTo(client, kind, jwt)
  return state.secrets.add(named, encrypted)
}

const metadataPrefix: Readonly<Record<JwtKind, string>> = {
  id_token: 'id_token',
  refreshed_id_token: 'id_token',
  front_id_token: 'id_token',
  response: 'authorization',
  userinfo: 'userinfo',
  introspection: 'introspection',
  logout_token: 'id_token',
}

export function signingAlgorithm(state: State, kind: JwtKind, client: TestClient): string {
  const registered = memberOf(client, `${metadataPrefix[kind]}_signed_response_alg`)
  return typeof registered === 'string' ? registered : String((state.metadata.id_token_signing_alg_values_supported as string[])[0])
}

interface Unsigned {
  readonly alg: string
  readonly header: Record<string, unknown>
  readonly body: Readonly<Record<string, unknown>>
  readonly key: JwtFault['key']
}

async function signBody(state: State, client: TestClient, { alg, header, body, key }: Unsigned): Promise<string> {
  const payload = utf8.encode(JSON.stringify(body))
  if (key === 'none') return `${encodeBase64Url(JSON.stringify({ alg: 'none' }))}.${encodeBase64Url(payload)}.`
  if (alg.startsWith('HS')) return signCompact(payload, header, utf8.encode(client.client_secret ?? ''))
  const own = state.keys.signing(alg)
  if (key === 'public') return signCompact(payload, { ...header, alg: 'HS256', kid: own.kid }, utf8.encode(JSON.stringify(own.publicJwk)))
  if (key !== 'foreign') return signCompact(payload, { kid: own.kid, ...header }, own.privateKey)
  const foreign = await state.keys.foreign(alg)
  return signCompact(payload, { kid: own.kid, jwk: foreign.publicJwk, ...header }, foreign.privateKey)
}

/** As a flattened signer would refuse some of what a fault puts into a header, `crit` is declared as understood. */
function signCompact(payload: Uint8Array, header: Record<string, unknown>, key: CryptoKey | Uint8Array): Promise<string> {
  const crit = Object.fromEntries(((header.crit as string[] | undefined) ?? []).map((name) => [name, true]))
  return new CompactSign(payload).setProtectedHeader(header as { alg: string }).sign(key, { crit })
}

async function encryptTo(client: TestClient, kind: JwtKind, jwt: string): Promise<string> {
  const alg = memberOf(client, `${metadataPrefix[kind]}_encrypted_response_alg`)
  if (typeof alg !== 'string' || kind === 'logout_token') return jwt
  const enc = memberOf(client, `${metadataPrefix[kind]}_encrypted_response_enc`) ?? 'A128CBC-HS256'
  const jwk = client.jwks?.keys.find((key) => key.use === 'enc')
  if (!jwk)
    throw new Error(`The test client ${client.client_id} wants ${kind} encrypted and has no key with use: enc in its jwks. Add one.`)
  const header = { alg, enc: String(enc), cty: 'JWT', ...(jwk.kid !== undefined && { kid: String(jwk.kid) }) }
  return new CompactEncrypt(utf8.encode(jwt)).setProtectedHeader(header).encrypt(await importJWK(jwk, alg))
}

/** Verifies a JWT that a client signed, with the keys it has registered. Gives undefined where none fits. */
export async function verifyClientJwt(client: TestClient, jwt: string): Promise<{ header: JsonObject; claims: JsonObject } | undefined> {
  const header = decodeProtectedHeader(jwt) as { readonly alg?: string; readonly kid?: string }
  const named = (client.jwks?.keys ?? []).filter(
    ({ kid, use }) => use !== 'enc' && (header.kid === undefined || kid === undefined || kid === header.kid),
  )
  for (const jwk of named) {
    try {
      const { payload } = await compactVerify(jwt, await importJWK(jwk, header.alg))
      return { header: header as JsonObject, claims: JSON.parse(new TextDecoder().decode(payload)) as JsonObject }
    } catch {
      // Another key may fit.
    }
  }
  return undefined
}
