import { clientCredentialsGrant } from '@oidc/core'
import { expect, it } from 'vitest'
import { checkCertificateBinding } from './certificate-binding.js'
import { errorCodes, type MtlsErrorCode } from './error-codes.js'
import { mtls } from './mtls.js'
import { type Answer, certify, createServer, createTestClient } from './mtls.test-server.js'
import { tlsClientAuth } from './tls-client-auth.js'

const canary = 'canary-secret'
const ask = (answer: Answer) =>
  clientCredentialsGrant(createTestClient({ fetch: createServer(answer).fetch, authentication: tlsClientAuth() }))

const raised: Readonly<Record<MtlsErrorCode, () => Promise<unknown>>> = {
  MTLS_OPTION_INVALID: async () => tlsClientAuth({ method: canary as never }),
  MTLS_CERTIFICATE_INVALID: async () => mtls({ certificate: canary }),
  MTLS_CERTIFICATE_REFUSED: () => ask({ status: 401, body: { error: 'invalid_client', secret: canary } }),
  MTLS_HANDSHAKE: () => ask(Object.assign(new Error(canary), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' })),
  MTLS_BINDING: async () => checkCertificateBinding({ cnf: { 'x5t#S256': canary } }, (await certify('x')).cert),
}

it.each(Object.keys(errorCodes) as MtlsErrorCode[])('%s is raised, its message ends with a remedy and holds no secret', async (code) => {
  await expect(raised[code]()).rejects.toMatchObject({ code, message: expect.stringMatching(/\. [A-Z].+\.$/) })
  await expect(raised[code]()).rejects.toMatchObject({ message: expect.not.stringContaining(canary) })
})
