export {
  createEndSessionRequest,
  type EndSessionForm,
  type EndSessionParameters,
  type EndSessionRequest,
  type EndSessionSettings,
  type EndSessionTransaction,
} from './end-session-request.js'
export { type EndSessionResponse, validateEndSessionResponse } from './end-session-response.js'
export type { LogoutErrorCode } from './error-codes.js'
export { type FrontChannelLogout, type FrontChannelLogoutRules, validateFrontChannelLogout } from './front-channel-logout.js'
export { logoutErrorStatus } from './logout-status.js'
export { forgetLogoutToken, type LogoutToken, type LogoutTokenRules, validateLogoutToken } from './logout-token.js'
export type { QueryInput } from './query.js'
export { memoryReplayStore, type ReplayStore } from './replay-store.js'
