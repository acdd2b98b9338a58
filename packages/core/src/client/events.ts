/**
 * What `onEvent` gets: structured, for logs and traces, without any secret. `url` has no query and no fragment; `duration` is in seconds.
 */
export type ClientEvent =
  | { readonly type: 'request'; readonly operation: string; readonly method: string; readonly url: string; readonly attempt: number }
  | {
      readonly type: 'response'
      readonly operation: string
      readonly method: string
      readonly url: string
      readonly attempt: number
      readonly status: number
    }
  | {
      readonly type: 'retry'
      readonly operation: string
      readonly url: string
      readonly attempt: number
      readonly wait: number
      readonly code: string
    }
  | { readonly type: 'cache'; readonly operation: string; readonly url: string; readonly outcome: 'hit' | 'miss' | 'shared' | 'stale' }
  | { readonly type: 'key_rotation'; readonly url: string; readonly keys: number }
  | { readonly type: 'quirk'; readonly name: string; readonly operation: string }
  | { readonly type: `${string}:${string}`; readonly [detail: string]: unknown }
