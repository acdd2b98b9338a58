/** Every code that this package throws, with what it means. Beside these there are those of core. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  // Configuration
  SESSION_MISSING: 'The request has no session, and transactions are kept in one.',
  EXPRESS_MISSING: 'The request was not made by Express, and a cookie cannot be set.',
  CLIENT_UNAVAILABLE: 'The function given as the option client failed.',
  FORM_POST_INSECURE: 'A response by form_post was asked for over plain http.',
  FORM_POST_COOKIE: 'A response by form_post would come without the session cookie.',
  COOKIE_TOO_LARGE: 'A transaction does not fit into a cookie.',
  // The callback
  CALLBACK_EMPTY: 'The callback was called without any parameter of an authorization response.',
  TRANSACTION_NOT_FOUND: 'No login is pending in this browser that the response belongs to.',
  TRANSACTION_USED: 'The response came before, and the session is not signed in by it.',
  STORE_FAILED: 'The store of sessions or transactions failed.',
  // The application's own functions
  USER_REFUSED: 'verify gave no user.',
  VERIFY_FAILED: 'verify, or another function of the application, threw something that is not an error.',
} as const

/** A code of @oidc/passport. */
export type PassportErrorCode = keyof typeof errorCodes
