import { expect, it } from 'vitest'
import { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from './device.js'
import { canary, createServer, started } from './device.test-server.js'
import { type DeviceErrorCode, errorCodes } from './error-codes.js'
import { encodeQr } from './qr-code.js'

const raised: Readonly<Record<DeviceErrorCode, () => Promise<unknown>>> = {
  DEVICE_RESPONSE_INVALID: () => initiateDeviceAuthorization(createServer(started({ expires_in: canary })).client()),
  DEVICE_AUTHORIZATION_INVALID: () => pollDeviceAuthorizationGrant(createServer().client(), { device_code: canary } as never),
  DEVICE_QR_TOO_LONG: async () => encodeQr(canary.repeat(200)),
}

it.each(Object.keys(errorCodes) as DeviceErrorCode[])('%s is raised, its message ends with a remedy and holds no secret', async (code) => {
  await expect(raised[code]()).rejects.toMatchObject({ code, message: expect.stringMatching(/\. [A-Z][^.]+\.$/) })
  await expect(raised[code]()).rejects.toMatchObject({ message: expect.not.stringContaining(canary) })
})
