/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  BROWSER_OPTION_INVALID: {
    means: 'An option of the session, or of one of its functions, is missing, unknown or of the wrong kind.',
    causes: ['A misspelled option.', '`redirect_uri` is of another origin than the page.', '`returnTo` leads to another origin.'],
    remedy: 'Correct the option that the message names.',
  },
  BROWSER_INSECURE_CONTEXT: {
    means: 'The page has no cryptography, locks or channels, for it is not served securely.',
    causes: ['The page is served over http from another host than localhost.', 'The browser is older than 2022.'],
    remedy: 'Serve the page over https, or from localhost in development.',
  },
  BROWSER_STORAGE_UNAVAILABLE: {
    means: 'The browser refuses to store anything, so a login could not be finished.',
    causes: ['The user blocks all cookies and site data.', 'The quota of the origin is used up.', 'The page stands in a sandboxed frame.'],
    remedy: "Ask the user to allow site data. With `storage: 'memory'` and `loginPopup` nothing needs to be stored.",
  },
  BROWSER_FRAMED: {
    means: 'The response of a login arrived in a frame that this session did not open, and was not used.',
    causes: ['Another page has the application in a frame.', 'The application itself frames its callback page.'],
    remedy: 'Send `frame-ancestors` so that nobody can frame the application; open logins at the top, or in a popup.',
  },
  BROWSER_TRANSACTION_NOT_FOUND: {
    means: 'A response arrived for a login that this tab knows nothing of.',
    causes: [
      'The login began in another tab, browser or host name.',
      'Session storage was emptied while the user was at the provider.',
      'The login took longer than 15 minutes.',
      'Somebody sent the user a link with a response in it.',
    ],
    remedy: 'Start a new login. Begin and end logins on the same origin.',
  },
  BROWSER_TRANSACTION_USED: {
    means: 'The same response came before, and nobody is signed in by it any more.',
    causes: ['The user reloaded the callback or went back to it after a logout.'],
    remedy: 'Start a new login.',
  },
  BROWSER_POPUP_BLOCKED: {
    means: 'The browser did not open the popup.',
    causes: ['`loginPopup` was called later than in the handler of a click.', 'The user blocks popups.'],
    remedy: 'Call `loginPopup` in the handler of a click before any `await`, or use `login`.',
  },
  BROWSER_POPUP_CLOSED: {
    means: 'The popup was closed before a response came.',
    causes: [
      'The user closed it.',
      'The provider cuts off its window by Cross-Origin-Opener-Policy, which looks the same: give `popup: { severed: true }`.',
    ],
    remedy: 'Offer to sign in again.',
  },
  BROWSER_RESPONSE_TIMEOUT: {
    means: 'No response came from the popup or the hidden frame in time.',
    causes: [
      'The provider does not let itself be framed (X-Frame-Options), or shows an error page.',
      'The browser keeps the cookies of the provider from a frame of another site.',
      'The page at the redirect_uri does not call `relayResponse` or `init`.',
    ],
    remedy: 'For renewal ask for refresh tokens (`offline_access`); for a popup see that its callback page is the one of this package.',
  },
  BROWSER_SIGNED_OUT: {
    means: 'Nobody is signed in.',
    causes: ['The session ended, here or in another tab.', '`init` was not awaited.'],
    remedy: 'Offer to sign in: `login()`.',
  },
  BROWSER_SESSION_CHANGED: {
    means: 'While a request was under way, another user signed in or the user signed out; its answer was dropped.',
    causes: ['A logout or a login in another tab.'],
    remedy: 'Draw the page anew from `getSnapshot()`.',
  },
  BROWSER_ORIGIN_REFUSED: {
    means: '`fetch` of the session was called with an address that its tokens must not go to; nothing was sent.',
    causes: ['The API is of another origin than the page, and is not named in the option `origins`.', 'An address came from data.'],
    remedy: 'Name the origin of the API in the option `origins`, if it may see the tokens.',
  },
  BROWSER_WORKER_FAILED: {
    means: 'The worker that holds the refresh tokens did not start, or answered with an error.',
    causes: [
      'The script of the worker is not found, or does not call `serveTokenWorker`.',
      'A Content-Security-Policy without worker-src.',
    ],
    remedy: 'Check the address of the worker script and the policy of the page.',
  },
} as const

/** A code of @oidc/browser. */
export type BrowserErrorCode = keyof typeof errorCodes
