export { type CIBAOptions, ciba, type DeliveryMode } from './ciba.js'
export type { CIBAErrorCode } from './error-codes.js'
export {
  createPingHandler,
  createPushHandler,
  type ExpressHandler,
  type ExpressRequest,
  type ExpressResponse,
  type HandlerOptions,
} from './express.js'
export { type BackchannelAuthentication, backchannelAuthenticationOperation, initiateBackchannelAuthentication } from './initiate.js'
export type { BackchannelAuthenticationParameters } from './parameters.js'
export { type AcceptedPing, acceptPing, type RefusedPing } from './ping.js'
export { type PollGrantOptions, pollBackchannelAuthenticationGrant } from './poll-grant.js'
export { type AcceptedPush, acceptPush, type PushOptions, type RefusedPush } from './push.js'
export { type CIBAStore, type CIBAStoreOptions, createCIBAStore, type PendingAuthentication } from './store.js'
