export { type DevicePollSettings, device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from './device.js'
export { type DeviceAuthorization, deviceOperation } from './device-authorization.js'
export type { DeviceErrorCode } from './error-codes.js'
