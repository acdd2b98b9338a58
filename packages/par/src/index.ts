export type { PARErrorCode } from './error-codes.js'
export { par, pushedRequestExpiry } from './par.js'
export { type PushedRequest, parOperation } from './pushed-request.js'
