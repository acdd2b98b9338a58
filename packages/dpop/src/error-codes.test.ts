import { clientCredentialsGrant } from '@oidc/core'
import { expect, it } from 'vitest'
import { dpop } from './dpop.js'
import { type Answer, createBareClient, createServer, createTestClient, fakeJwt, issued, keyPair, metadata } from './dpop.test-server.js'
import { type DPoPErrorCode, errorCodes } from './error-codes.js'
import { type DPoPAlgorithm, generateDPoPKeyPair } from './key-pair.js'
import { createDPoPNonces } from './nonces.js'

const ask = (answer: Answer) => clientCredentialsGrant(createTestClient({ fetch: createServer(answer).fetch }))

const raised: Readonly<Record<DPoPErrorCode, () => Promise<unknown>>> = {
  DPOP_KEY_INVALID: () => generateDPoPKeyPair('HS256' as DPoPAlgorithm),
  DPOP_OPTION_INVALID: async () => createDPoPNonces(5 as never),
  DPOP_ALGORITHM: () => {
    const server = { ...metadata, dpop_signing_alg_values_supported: ['PS256'] }
    return clientCredentialsGrant(createBareClient({ use: [dpop({ keyPair })] }, server))
  },
  DPOP_TOKEN_TYPE: () => ask(issued({ token_type: 'Bearer' })),
  DPOP_BINDING: () => ask(issued({ access_token: fakeJwt({ cnf: { jkt: 'other' } }) })),
  DPOP_CLOCK_SKEW: () => ask({ status: 400, body: { error: 'invalid_dpop_proof' }, headers: { date: 'Thu, 01 Jan 1970 00:00:00 GMT' } }),
}

it.each(Object.keys(errorCodes) as DPoPErrorCode[])('%s is raised, and its message ends with a remedy', async (code) => {
  await expect(raised[code]()).rejects.toMatchObject({ code, message: expect.stringMatching(/\. [A-Z].+\.$/) })
})
