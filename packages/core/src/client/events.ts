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
  /** `stale`: it could not be loaded anew, for the reason that `code` tells, and what was loaded before still serves. */
  | {
      readonly type: 'cache'
      readonly operation: string
      readonly url: string
      readonly outcome: 'hit' | 'miss' | 'shared' | 'stale'
      readonly code?: string
    }
  | { readonly type: 'key_rotation'; readonly url: string; readonly keys: number }
  | { readonly type: 'quirk'; readonly name: string; readonly operation: string }
  /**
   * What goes, but may not everywhere. `redirect_uri_localhost`: use 127.0.0.1 or [::1], for localhost may be another machine (RFC 8252, section
   * 8.3). `authorization_url_length`: the URL has more than 8192 characters, and browsers and servers cut those: install `@oidc/par`.
   */
  | {
      readonly type: 'warning'
      readonly name: 'redirect_uri_localhost' | 'authorization_url_length'
      readonly operation: 'authorization'
    }
  | { readonly type: `${string}:${string}`; readonly [detail: string]: unknown }
