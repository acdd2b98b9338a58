import { inspect } from 'node:util'
import { decryptWith } from '@oidc/core'
import { expect, it } from 'vitest'
import { errorCodes, type IntrospectionErrorCode } from './error-codes.js'
import { introspectToken } from './introspect-token.js'
import { introspection } from './introspection.js'
import {
  canaries,
  createServer,
  createTestClient,
  type Forged,
  opening,
  refusalOf,
  signed,
  startTime,
} from './introspection.test-server.js'

const active = { active: true, sub: canaries.sub, username: canaries.sub, jti: canaries.token, cnf: { jkt: canaries.token } }

const plain = (body: unknown, expected?: object) =>
  introspectToken(createTestClient({ fetch: createServer({ body }).fetch }), canaries.token, expected && { expected })

const forged = async (changes: Forged | string, body: unknown = active, more: object = {}) => {
  const answer = typeof changes === 'string' ? { ...(await signed(body)), body: changes } : await signed(body, changes)
  const { fetch } = createServer(answer)
  return introspectToken(createTestClient({ fetch, use: [introspection({ signed: true })], ...more }), canaries.token)
}

const raised: Readonly<Record<IntrospectionErrorCode, () => Promise<unknown>>> = {
  INTROSPECTION_OPTION_INVALID: async () => introspection({ signed: 'yes' as never }),
  INTROSPECTION_INVALID: () => plain({ ...active, active: 'true' }),
  INTROSPECTION_UNSIGNED: () =>
    introspectToken(
      createTestClient({ fetch: createServer({ body: active }).fetch, use: [introspection({ signed: true })] }),
      canaries.token,
    ),
  INTROSPECTION_CONTAINER: () => forged({ claims: { token_introspection: undefined, ...active } }),
  INTROSPECTION_MALFORMED: () => forged('a.b'),
  INTROSPECTION_ENCRYPTION: () =>
    forged({ encrypt: { alg: 'ECDH-ES', enc: 'A128GCM' } }, active, {
      introspection_encrypted_response_alg: 'ECDH-ES',
      decrypt: decryptWith({ key: opening.privateKey, alg: 'ECDH-ES' }),
    }),
  INTROSPECTION_CRITICAL: () => forged({ header: { b64: true } }),
  INTROSPECTION_TYPE: () => forged({ header: { typ: 'JWT' } }),
  INTROSPECTION_ALGORITHM: () => forged({}, active, { introspection_signed_response_alg: 'none' }),
  INTROSPECTION_KEY: () => forged({ header: { kid: 'key-2' } }),
  INTROSPECTION_SIGNATURE: () => forged({ by: 'stranger' }),
  INTROSPECTION_ISSUER: () => forged({ claims: { iss: 'https://evil.example' } }),
  INTROSPECTION_AUDIENCE: () => forged({ claims: { aud: 'other' } }),
  INTROSPECTION_EXPIRED: () => forged({ claims: { exp: 1 } }),
  INTROSPECTION_NOT_BEFORE: () => forged({ claims: { nbf: startTime + 99 } }),
  INTROSPECTION_ISSUED_AT: () => forged({ claims: { iat: startTime + 99 } }),
  INTROSPECTION_CLAIM: () => forged({ claims: { iat: undefined } }),
  INTROSPECTION_TOKEN_AUDIENCE: () => plain(active, { aud: 'x' }),
  INTROSPECTION_TOKEN_ISSUER: () => plain(active, { iss: 'x' }),
  INTROSPECTION_TOKEN_CLIENT: () => plain(active, { client_id: 'x' }),
  INTROSPECTION_TOKEN_SUBJECT: () => plain(active, { sub: 'x' }),
  INTROSPECTION_TOKEN_SCOPE: () => plain(active, { scope: 'x' }),
  INTROSPECTION_TOKEN_TYPE: () => plain(active, { token_type: 'x' }),
  INTROSPECTION_TOKEN_BINDING: () => plain(active, { jkt: 'x' }),
}

it.each(Object.keys(errorCodes) as IntrospectionErrorCode[])(
  '%s is raised, its message ends with a remedy, and shows no secret',
  async (code) => {
    const refusal = await refusalOf(raised[code]())
    expect(refusal.code).toBe(code)
    expect(refusal.message).toMatch(/\. [A-Z].+\.$/)
    for (const canary of Object.values(canaries)) expect(inspect(refusal, { depth: 9, showHidden: true })).not.toContain(canary)
  },
)
