import { createAuthorizationRequest } from '@oidc/core'
import { expect, it } from 'vitest'
import { errorCodes, type PARErrorCode } from './error-codes.js'
import { par } from './par.js'
import { createServer, createTestClient, pushed, redirect_uri } from './par.test-server.js'

const raised: Readonly<Record<PARErrorCode, () => Promise<unknown>>> = {
  PAR_RESPONSE_INVALID: () => {
    const { fetch } = createServer(pushed({ request_uri: undefined }))
    return createAuthorizationRequest(createTestClient({ fetch, use: [par()] }), { redirect_uri, scope: 'openid' })
  },
}

it.each(Object.keys(errorCodes) as PARErrorCode[])('%s is raised, and its message ends with a remedy', async (code) => {
  await expect(raised[code]()).rejects.toMatchObject({ code, message: expect.stringMatching(/\. [A-Z][^.]+\.$/) })
})
