export type { HybridErrorCode } from './error-codes.js'
export { type FrontChannelResponse, validateFrontChannelResponse } from './front-channel-response.js'
export { hybrid } from './hybrid.js'
export type { HybridOptions, HybridResponseType } from './options.js'
