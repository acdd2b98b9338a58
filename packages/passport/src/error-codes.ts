/**
 * Every code that this package throws: what it means, what usually causes it, and what to do. Beside these there are those of core. At run time
 * nothing reads it, so a bundle does not hold it.
 */
export const errorCodes = {
  // Configuration
  SESSION_MISSING: {
    means: 'The request has no session, and transactions are kept in one.',
    causes: [
      'express-session is not mounted, or is mounted after the routes of the login.',
      'The session was not saved because its cookie is secure and the request came by http.',
    ],
    remedy: 'Mount express-session before passport, or give store: cookieTransactions({ secret }).',
  },
  EXPRESS_MISSING: {
    means: 'The request was not made by Express, and a cookie cannot be set.',
    causes: ['The strategy runs in a framework whose requests have no res.'],
    remedy: 'Use Express, or give a store that needs no cookie.',
  },
  CLIENT_UNAVAILABLE: {
    means: 'The function given as the option client failed.',
    causes: ['Discovery failed: the server is down.', 'The request names a tenant that does not exist.'],
    remedy: 'Look at cause. Answer unknown tenants in a route before the strategy.',
  },
  FORM_POST_INSECURE: {
    means: 'A response by form_post was asked for over plain http.',
    causes: ['The application runs without TLS in development.', 'TLS ends at a proxy, and Express does not trust it.'],
    remedy: "Use https, and app.set('trust proxy', 1) behind a proxy: browsers send no cookie with a foreign POST otherwise.",
  },
  FORM_POST_COOKIE: {
    means: 'A response by form_post would come without the session cookie.',
    causes: ['The session cookie is SameSite=Lax or Strict, so that a POST from the server comes without it.'],
    remedy: "Give the session cookie sameSite: 'none' and secure: true, or use cookieTransactions, which sets a cookie of its own.",
  },
  COOKIE_TOO_LARGE: {
    means: 'A transaction does not fit into a cookie.',
    causes: ['data holds much, or claims and authorization_details are long.'],
    remedy: 'Keep less in data, or keep transactions in the session.',
  },
  // The callback
  CALLBACK_EMPTY: {
    means: 'The callback was called without any parameter of an authorization response.',
    causes: [
      'Somebody opened the address of the callback.',
      'A body parser that the strategy does not know read the POST.',
      'The server sends the answer in the fragment.',
    ],
    remedy: 'Send the user to the login. For form_post mount express.urlencoded() or nothing at all.',
  },
  TRANSACTION_NOT_FOUND: {
    means: 'No login is pending in this browser that the response belongs to.',
    causes: [
      'The cookie or session was lost: other host, cleared cookies, a restart with a store in memory.',
      'The link was opened in another browser, or is a forged one (CSRF).',
      'The login took longer than the transaction is kept.',
    ],
    remedy: 'Send the user to a new login. If it happens to all, compare the host of the login with that of callbackURL.',
  },
  TRANSACTION_USED: {
    means: 'The response came before, and the session is not signed in by it.',
    causes: ['The user went back in the history or pressed reload.', 'A scanner of links opened the address first.'],
    remedy: 'Send the user to a new login.',
  },
  STORE_FAILED: {
    means: 'The store of sessions or transactions failed.',
    causes: ['The database behind the store is down.', 'A store of your own threw.'],
    remedy:
      'The message names the code or the kind of what the store threw, and no more, since it may hold secrets. See that the store runs and log there.',
  },
  LOGIN_LOOP: {
    means: 'Five logins of this browser failed one after the other, and another one would begin by itself.',
    causes: [
      'failureRedirect leads to the route that begins a login.',
      'Every page demands a login, also the one that tells of the failure.',
    ],
    remedy: 'Let failureRedirect be a page that begins no login. The next login begins as usual.',
  },
  LOGIN_REQUIRED: {
    means: 'Nobody is signed in, and the request is none that a login could interrupt.',
    causes: ['A script of the page calls an API after the session has ended.', 'It is a POST.'],
    remedy: 'Answer 401, and let the page lead the user to the login.',
  },
  LOGOUT_NOT_FOUND: {
    means: 'No logout is pending in this browser that the request belongs to.',
    causes: ['The page was loaded again.', 'Somebody opened or forged the address.', 'The session cookie did not come back.'],
    remedy: 'Show the user your start page; they were signed out when the logout began.',
  },
  // The application's own functions
  USER_REFUSED: {
    means: 'verify gave no user.',
    causes: ['The application does not know the user, or does not let them in.'],
    remedy: 'Tell the user; nothing is wrong with the login itself.',
  },
  VERIFY_FAILED: {
    means: 'verify, or another function of the application, threw something that is not an error.',
    causes: ['A string or object was thrown, or a promise was rejected with one.'],
    remedy: 'Throw errors: they go to Express as they are.',
  },
} as const

/** A code of @oidc/passport. */
export type PassportErrorCode = keyof typeof errorCodes
