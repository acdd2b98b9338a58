import { inspect } from 'node:util'
import { isOidcError } from '@oidc/core'
import { expect, it } from 'vitest'
import { ciba } from './ciba.js'
import {
  accepted,
  access_token,
  auth_req_id,
  claimNames,
  createWorld,
  foreignKey,
  granted,
  parameters,
  pushBody,
  refresh_token,
  type WorldOptions,
} from './ciba.test-server.js'
import { type CIBAErrorCode, errorCodes } from './error-codes.js'
import { initiateBackchannelAuthentication } from './initiate.js'
import { acceptPing } from './ping.js'
import { pollBackchannelAuthenticationGrant } from './poll-grant.js'
import { acceptPush } from './push.js'

const initiate = (more: Readonly<Record<string, unknown>>, options: WorldOptions = {}) =>
  initiateBackchannelAuthentication(createWorld(options).client, { ...parameters, user_code: 'code-canary', ...more } as never)

async function ping(body: unknown, token?: string | null, times = 1): Promise<unknown> {
  const { client, call } = createWorld({ ciba: { mode: 'ping' } })
  await initiateBackchannelAuthentication(client, parameters)
  let error: unknown
  for (let i = 0; i < times; i++) ({ error } = await acceptPing(client, call(body, token === undefined ? {} : { token })))
  throw error
}

async function push(members: Readonly<Record<string, unknown>>, claims: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const { client, call } = createWorld({ ciba: { mode: 'push' } })
  await initiateBackchannelAuthentication(client, parameters)
  throw (await acceptPush(client, call('error' in members ? { auth_req_id, ...members } : await pushBody(members, claims)))).error
}

const raised: Readonly<Record<CIBAErrorCode, () => Promise<unknown>>> = {
  CIBA_OPTION_INVALID: async () => ciba({ mode: 'canary' as never }),
  CIBA_MODE: () => initiate({}, { server: { backchannel_token_delivery_modes_supported: ['push'] } }),
  CIBA_SCOPE: () => initiate({ scope: 'canary' }),
  CIBA_HINT: () => initiate({ id_token_hint: 'canary' }),
  CIBA_BINDING_MESSAGE: () => initiate({ binding_message: 'canary\n' }),
  CIBA_UNSUPPORTED: () => initiate({}, { server: { backchannel_user_code_parameter_supported: false } }),
  CIBA_ALGORITHM: () => initiate({}, { ciba: { key: foreignKey }, client: { backchannel_authentication_request_signing_alg: 'PS256' } }),
  CIBA_RESPONSE_INVALID: async () => {
    const { client, answer } = createWorld()
    answer('/bc-authorize', accepted({ auth_req_id: `${auth_req_id} ` }))
    await initiateBackchannelAuthentication(client, parameters)
  },
  CIBA_SUBJECT: async () => {
    const { client, answer } = createWorld()
    answer('/token', granted())
    await pollBackchannelAuthenticationGrant(client, { auth_req_id }, { expectedSubject: 'other-canary' })
  },
  CIBA_NOTIFICATION_INVALID: () => ping({ auth_req_id: ['canary'] }),
  CIBA_NOTIFICATION_TOKEN: () => ping({ auth_req_id }, 'token-canary'),
  CIBA_AUTH_REQ_ID: () => push({}, { [claimNames.auth_req_id]: 'other-canary' }),
  CIBA_NOTIFICATION_REPEATED: () => ping({ auth_req_id }, undefined, 2),
  CIBA_PUSH_BINDING: () => push({ access_token, refresh_token }, { [claimNames.rt_hash]: undefined }),
  CIBA_REFUSED: () => push({ error: 'access_denied' }),
}

it.each(Object.keys(errorCodes) as CIBAErrorCode[])(
  '%s is raised, its message ends with a remedy, and nothing secret or personal stands in it',
  async (code) => {
    const error: unknown = await raised[code]().catch((thrown: unknown) => thrown)
    if (!isOidcError(error)) throw new Error('no OidcError was thrown', { cause: error })
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/\. [A-Z][^.]+\.$/)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary')
    expect(JSON.stringify(error)).not.toContain('canary')
  },
)
