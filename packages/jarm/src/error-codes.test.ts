import { createAuthorizationRequest } from '@oidc/core'
import { checkAuthorizationResponse } from '@oidc/core/plugin'
import { generateKeyPair } from 'jose'
import { expect, it } from 'vitest'
import { encryptWith } from './encrypt-with.js'
import { errorCodes, type JARMErrorCode } from './error-codes.js'
import { type JAROptions, jar } from './jar.js'
import { jarm } from './jarm.js'
import { createTestClient, foreignKey, redirect_uri, sign, startTime, take, transaction, usual } from './jarm.test-server.js'
import { createRequestObjectStore } from './request-object-reference.js'

const client = createTestClient()
const answer = async (claims: object, header?: object, key?: CryptoKey) => take(client, await sign({ ...usual, ...claims }, header, key))
const { privateKey: key, publicKey } = await generateKeyPair('ES256')
const ask = (options: Partial<JAROptions>, server = {}) =>
  createAuthorizationRequest(createTestClient({ use: [jar({ key, ...options })] }, server), { redirect_uri })

const raised: Readonly<Record<JARMErrorCode, () => Promise<unknown>>> = {
  JARM_OPTION_INVALID: async () => jarm({ response_mode: 'form_post' as never }),
  JARM_MODE: () => createAuthorizationRequest(client, { redirect_uri, response_mode: 'query' }),
  JARM_RESPONSE_MISSING: () => checkAuthorizationResponse(client, new URL(`${redirect_uri}?code=1`), transaction),
  JARM_MALFORMED: () => take(client, 'x'),
  JARM_ENCRYPTION: () => take(client, 'a.b.c.d.e'),
  JARM_CRITICAL: async () => take(client, `${Buffer.from('{"alg":"ES256","crit":[]}').toString('base64url')}.e30.AA`),
  JARM_TYPE: () => answer({ sub: 'x' }),
  JARM_ALGORITHM: () => createAuthorizationRequest(createTestClient({ authorization_signed_response_alg: 'HS256' }), { redirect_uri }),
  JARM_KEY: () => answer({}, { kid: 'unknown' }),
  JARM_SIGNATURE: () => answer({}, {}, foreignKey),
  JARM_ISSUER: () => answer({ iss: 'https://other.example' }),
  JARM_AUDIENCE: () => answer({ aud: 'other' }),
  JARM_EXPIRED: () => answer({ exp: startTime - 60 }),
  JARM_NOT_BEFORE: () => answer({ nbf: startTime + 60 }),
  JARM_ISSUED_AT: () => answer({ iat: startTime + 60 }),
  JARM_CLAIM: () => answer({ exp: undefined }),
  JARM_PARAMETER: () => answer({ code: 5 }),
  JAR_OPTION_INVALID: () => ask({ lifetime: 0 }),
  JAR_ALGORITHM: () => ask({}, { request_object_signing_alg_values_supported: ['PS256'] }),
  JAR_UNSUPPORTED: () =>
    ask(
      { by: 'reference', reference: { url: 'https://app.example/objects', store: createRequestObjectStore() } },
      { request_uri_parameter_supported: false },
    ),
  JAR_ENCRYPTION: () => ask({ encrypt: encryptWith({ key: publicKey, alg: 'RSA-OAEP' }) }),
}

it.each(Object.keys(errorCodes) as JARMErrorCode[])('%s is raised, and its message ends with a remedy', async (code) => {
  const failing = Promise.resolve().then(raised[code])
  await expect(failing).rejects.toMatchObject({ code, message: expect.stringMatching(/[.;] [A-Z][^\n]+\.$/) })
})
