/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  REAUTHENTICATION_REQUIRED: {
    means: 'The session is over: there is no token that could be renewed. The user has to sign in again.',
    causes: [
      'The server no longer accepts the refresh token: it expired, was revoked, or its answer was lost in a crash.',
      'logout() was called, here or in another process.',
      'The access token has expired, and no refresh token came with it.',
      'Nothing is stored under the key, and no tokens were given.',
    ],
    remedy:
      'Start a new login. Do not try again with the same tokens: they are gone. For a refresh token, ask for the scope offline_access (or what the server wants instead).',
  },
  REFRESH_AUTH_TIME: {
    means: 'The ID token of a refresh names another time of authentication than the one before, and the option sameAuthTime was given.',
    causes: ['The user signed in again at the server, and the server put that time into the session of this client.'],
    remedy: 'Start a new login, or take the option sameAuthTime away.',
  },
  REFRESH_CALLBACK_FAILED: {
    means: 'onRefresh threw. The new tokens are kept all the same, and the next call gives them.',
    causes: ['The place where onRefresh stores the tokens is down.'],
    remedy: 'Mend what onRefresh does. Give the option store instead where tokens must survive the process.',
  },
  REFRESH_DEFERRED: {
    means: 'No request was sent, since the ones before failed and the server needs time.',
    causes: [
      'The server answered with 429 or 503 and Retry-After.',
      'Two refreshes in a row failed: the wait doubles with each, up to 60 seconds.',
    ],
    remedy: 'Try again after http.retryAfter seconds. The cause holds the failure before.',
  },
  SESSION_ISSUER_MISMATCH: {
    means: 'The stored tokens are of another server, client or token endpoint than this client has. They are not sent there.',
    causes: [
      'Two clients share a store and a key.',
      'The metadata of the server changed its token_endpoint to another origin.',
      'The tokens were stored by a client with another client_id.',
    ],
    remedy: 'Give each client a key of its own. If the server really moved, start a new login.',
  },
  SESSION_LOCK_TIMEOUT: {
    means: 'The lock was not free in time.',
    causes: [
      'Other processes renew the same tokens, and the server answers slowly.',
      'A process that held the lock died; its lease must end first.',
    ],
    remedy: 'Try again. If it lasts, look at the server and at the lock.',
  },
  SESSION_OPTION_INVALID: {
    means: 'An option of a token source, store or lock is missing, unknown or of the wrong kind.',
    causes: ['A misspelled option.', 'A store without get, set, take and delete.', 'A promise that was not awaited.'],
    remedy: 'Give what the message names.',
  },
  SESSION_RECORD_INVALID: {
    means: 'What is stored under the key is no session of this package.',
    causes: ['Something else writes to the same key.', 'It was encrypted with a key that is not known any more, or was changed.'],
    remedy: 'Choose another key or prefix. Delete what is there and start a new login.',
  },
  SESSION_STORE_FAILED: {
    means: 'The store or the lock did not answer, or threw. Nobody is signed out by that.',
    causes: ['The store is down or unreachable.', 'The Redis client is not connected.'],
    remedy: 'Answer 503 and try again. Mend the store.',
  },
  TOKEN_SOURCE_CLOSED: {
    means: 'The token source was used after close().',
    causes: ['The process shuts down.'],
    remedy: 'Make a new token source, or call close() later.',
  },
} as const

/** A code of @oidc/session. */
export type SessionErrorCode = keyof typeof errorCodes
