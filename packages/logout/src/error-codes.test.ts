import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { createEndSessionRequest } from './end-session-request.js'
import { validateEndSessionResponse } from './end-session-response.js'
import { errorCodes, type LogoutErrorCode } from './error-codes.js'
import { validateFrontChannelLogout } from './front-channel-logout.js'
import { createTestClient, foreignKey, home, issuer, post, refusalOf, sign, startTime } from './logout.test-server.js'
import { validateLogoutToken } from './logout-token.js'

const canary = 'canary-7d2f'
const { client } = createTestClient({ frontchannel_logout_session_required: true })
const token = async (claims: object, header?: object, key?: CryptoKey) =>
  validateLogoutToken(client, await sign({ sub: canary, sid: canary, jti: canary, ...claims }, header, key))
const front = (query: string, rules = {}) => validateFrontChannelLogout(client, new URL(`${home}?${query}`), rules)
const transaction = { issuer, client_id: 'app', state: canary, post_logout_redirect_uri: home, created_at: startTime }
const back = (query: string, kept: object = transaction) =>
  validateEndSessionResponse(client, new URL(`${home}?${query}`), kept as typeof transaction)
const form = { 'content-type': 'application/x-www-form-urlencoded' }

const raised: Readonly<Record<LogoutErrorCode, () => Promise<unknown>>> = {
  LOGOUT_OPTION_INVALID: () => validateLogoutToken(client, canary, { maxAge: -1 }),
  END_SESSION_REDIRECT: () => createEndSessionRequest(client, { post_logout_redirect_uri: canary, id_token_hint: canary }),
  END_SESSION_RESPONSE_INVALID: () => back(`state=${canary}&state=${canary}`),
  END_SESSION_STATE_MISSING: () => back(`x=${canary}`),
  END_SESSION_STATE_MISMATCH: () => back(`state=${canary}x`),
  END_SESSION_TRANSACTION_INVALID: () => back(`state=${canary}`, { ...transaction, issuer: canary }),
  END_SESSION_TRANSACTION_EXPIRED: () => back(`state=${canary}`, { ...transaction, created_at: 1 }),
  LOGOUT_REQUEST_METHOD: () => validateLogoutToken(client, new Request(`${home}?logout_token=${canary}`)),
  LOGOUT_REQUEST_MEDIA_TYPE: () => validateLogoutToken(client, post(canary, { 'content-type': 'text/plain' })),
  LOGOUT_REQUEST_INVALID: () => validateLogoutToken(client, post(`logout_token=${canary}&logout_token=${canary}`, form)),
  LOGOUT_TOKEN_MALFORMED: () => validateLogoutToken(client, canary),
  LOGOUT_TOKEN_ENCRYPTION: () => validateLogoutToken(client, `${canary}.b.c.d.e`),
  LOGOUT_TOKEN_CRITICAL: () => validateLogoutToken(client, `${btoa('{"alg":"ES256","crit":[]}').replace(/=+$/, '')}.e30.AA`),
  LOGOUT_TOKEN_TYPE: () => token({}, { typ: 'at+jwt' }),
  LOGOUT_TOKEN_ALGORITHM: async () =>
    validateLogoutToken(createTestClient({ id_token_signed_response_alg: 'PS256' }).client, await sign({ sub: canary })),
  LOGOUT_TOKEN_KEY: () => token({}, { kid: 'other' }),
  LOGOUT_TOKEN_SIGNATURE: () => token({}, {}, foreignKey),
  LOGOUT_TOKEN_ISSUER: () => token({ iss: 'https://other.example' }),
  LOGOUT_TOKEN_AUDIENCE: () => token({ aud: 'other' }),
  LOGOUT_TOKEN_EXPIRED: () => token({ exp: 1 }),
  LOGOUT_TOKEN_NOT_BEFORE: () => token({ nbf: startTime + 60 }),
  LOGOUT_TOKEN_ISSUED_AT: () => token({ iat: 1 }),
  LOGOUT_TOKEN_CLAIM: () => token({ exp: undefined }),
  LOGOUT_TOKEN_EVENTS: () => token({ events: { [canary]: {} } }),
  LOGOUT_TOKEN_NONCE: () => token({ nonce: canary }),
  LOGOUT_TOKEN_SUBJECT: () => token({ sub: [canary] }),
  LOGOUT_TOKEN_REPLAYED: async () => {
    await token({ jti: `${canary}-twice` })
    return token({ jti: `${canary}-twice` })
  },
  LOGOUT_STORE_FAILED: async () => {
    const fail = () => Promise.reject(new Error(canary))
    return validateLogoutToken(client, await sign({ sub: canary }), { replay: { add: fail, delete: fail } })
  },
  FRONT_CHANNEL_LOGOUT_INVALID: () => front(`sid=${canary}&sid=${canary}`),
  FRONT_CHANNEL_LOGOUT_MISSING: () => front(`sid=${canary}`),
  FRONT_CHANNEL_LOGOUT_ISSUER: () => front(`iss=${canary}&sid=${canary}`),
  FRONT_CHANNEL_LOGOUT_SESSION: () => front(`iss=${issuer}&sid=${canary}`, { sid: `${canary}x` }),
}

it.each(Object.keys(errorCodes) as LogoutErrorCode[])('%s is raised, its message ends with a remedy, and shows no canary', async (code) => {
  const refusal = await refusalOf(Promise.resolve().then(raised[code]))
  expect(refusal).toMatchObject({ code, message: expect.stringMatching(/[.;:] [A-Z][^\n]+\.$/) })
  expect([inspect(refusal, { depth: Infinity }), JSON.stringify(refusal), String(refusal)].join()).not.toContain(canary)
})
