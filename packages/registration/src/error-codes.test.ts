import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { errorCodes, type RegistrationErrorCode } from './error-codes.js'
import { readRegistration } from './manage-registration.js'
import { registerClient } from './register-client.js'
import { type Answer, canaries, createServer, metadata, refusalOf, registered, whole } from './registration.test-server.js'

const register = (answer: Answer, asked: object = {}, options: object = {}) =>
  registerClient(metadata, asked, { fetch: createServer(answer).fetch, initialAccessToken: canaries.initial, ...options })

const raised: Readonly<Record<RegistrationErrorCode, () => Promise<unknown>>> = {
  REGISTRATION_OPTION_INVALID: () => register(registered(), {}, { softwareStatement: canaries.secret }),
  REGISTRATION_METADATA_INVALID: () => register(registered(), { jwks: { keys: [{ kty: 'oct', k: canaries.secret }] } }),
  REGISTRATION_STATUS: () => register({ ...registered(), status: 200 }),
  REGISTRATION_INVALID: () => register(registered({ client_id: 5 })),
  REGISTRATION_SECRET_EXPIRY: () => register(registered({ client_secret_expires_at: null })),
  REGISTRATION_ADDRESS: () => register(registered({ registration_client_uri: `https://evil.example/${canaries.token}?${canaries.token}` })),
  REGISTRATION_CLIENT: () =>
    readRegistration(metadata, whole, { fetch: createServer({ body: { ...whole, client_id: 'client-2' } }).fetch }),
  REGISTRATION_UNMANAGED: () => readRegistration(metadata, { client_id: 'client-1', registration_access_token: canaries.token }),
}

it.each(Object.keys(errorCodes) as RegistrationErrorCode[])(
  '%s is raised, its message ends with a remedy, and shows no secret',
  async (code) => {
    const refusal = await refusalOf(raised[code]())
    expect(refusal.code).toBe(code)
    expect(refusal.message).toMatch(/\. [A-Z].+\.$/)
    for (const canary of Object.values(canaries)) expect(inspect(refusal, { depth: 9, showHidden: true })).not.toContain(canary)
  },
)
