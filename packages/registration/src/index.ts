export type { RegistrationErrorCode } from './error-codes.js'
export { deleteRegistration, readRegistration, updateRegistration } from './manage-registration.js'
export { type RegisterOptions, registerClient } from './register-client.js'
export type { RegistrationChanges, RegistrationMetadata } from './registration-metadata.js'
export {
  deleteRegistrationOperation,
  readRegistrationOperation,
  registrationOperation,
  updateRegistrationOperation,
} from './registration-operation.js'
export type { Registration, RegistrationQuirks } from './registration-response.js'
export type { ManagementOptions } from './sender.js'
