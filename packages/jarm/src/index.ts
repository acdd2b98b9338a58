export { type EncryptionKey, type EncryptionOptions, encryptWith, type RequestObjectEncryption } from './encrypt-with.js'
export type { JARMErrorCode } from './error-codes.js'
export { type JAROptions, jar } from './jar.js'
export { type JARMOptions, type JARMResponseMode, jarm } from './jarm.js'
export { createRequestObjectHandler } from './request-object-handler.js'
export {
  createRequestObjectStore,
  type RequestObjectReference,
  type RequestObjectStore,
  type StoredRequestObject,
} from './request-object-reference.js'
