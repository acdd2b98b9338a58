import { expect, it } from 'vitest'
import { errorCodes, type HybridErrorCode } from './error-codes.js'
import { startLogin, startTime } from './hybrid.test-server.js'
import { hybrid, validateFrontChannelResponse } from './index.js'

const validate = async (changes: Readonly<Record<string, string | undefined>>, claims: Record<string, unknown>) => {
  const { client, transaction, respond } = await startLogin({ options: { response_type: 'code id_token' } })
  return validateFrontChannelResponse(client, await respond(changes, claims), transaction)
}

const raised: Readonly<Record<HybridErrorCode, () => Promise<unknown>>> = {
  HYBRID_OPTION_INVALID: async () => hybrid({ response_type: 'token' as never }),
  HYBRID_RESPONSE_INVALID: () => validate({ id_token: undefined }, {}),
  HYBRID_HASH_MISSING: () => validate({}, { c_hash: undefined }),
  HYBRID_ID_TOKEN_TOO_OLD: () => validate({}, { iat: startTime - 9999 }),
}

it.each(Object.keys(errorCodes) as HybridErrorCode[])('%s is raised, and its message ends with a remedy', async (code) => {
  await expect(raised[code]()).rejects.toMatchObject({ code, message: expect.stringMatching(/[.:] .*\.$/) })
})
