/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  LOGOUT_OPTION_INVALID: {
    means: 'An option is of the wrong kind, or unknown.',
    causes: [
      'maxAge is no number of seconds.',
      'replay has no function add.',
      'A name is misspelled, which would silently loosen a check.',
    ],
    remedy: 'Give what the message asks for; nothing was looked at.',
  },
  END_SESSION_REDIRECT: {
    means: 'The user cannot be sent back to the post_logout_redirect_uri.',
    causes: [
      'It is relative.',
      'It is not among post_logout_redirect_uris of the client metadata.',
      'It came with a request, from anybody.',
    ],
    remedy: 'Register it at the server, and give exactly that. To lead the user on to a page, give data, which comes back.',
  },
  END_SESSION_RESPONSE_INVALID: {
    means: 'The request to the post_logout_redirect_uri cannot be read.',
    causes: ['A parameter stands there twice, or is too long.', 'It is no request by GET.'],
    remedy: 'Show the user your start page.',
  },
  END_SESSION_STATE_MISSING: {
    means: 'The user came back from logout without state.',
    causes: ['Somebody opened or forged the address.', 'The server does not send state back.'],
    remedy: 'Show the user your start page. The application’s own session was ended before.',
  },
  END_SESSION_STATE_MISMATCH: {
    means: 'The user came back from another logout than the one that this browser began.',
    causes: ['Two tabs log out, and one transaction is kept for both.', 'The address is forged.'],
    remedy: 'Keep transactions by their state, and show the user your start page.',
  },
  END_SESSION_TRANSACTION_INVALID: {
    means: 'What was kept of the logout is missing, or is of another client.',
    causes: ['It was kept in the session that was then destroyed.', 'The cookie was lost.'],
    remedy: 'Keep the transaction in the new session, or in a cookie of its own.',
  },
  END_SESSION_TRANSACTION_EXPIRED: {
    means: 'The user stayed at the server for longer than 15 minutes.',
    causes: ['The page that asks whether to log out was left open.', 'The clock of this machine was changed.'],
    remedy: 'Show the user your start page.',
  },
  LOGOUT_REQUEST_METHOD: {
    means: 'The back-channel logout request is no POST.',
    causes: ['Somebody opened the address in a browser.', 'The address is registered as frontchannel_logout_uri.'],
    remedy: 'Answer with status 405.',
  },
  LOGOUT_REQUEST_MEDIA_TYPE: {
    means: 'The body of the back-channel logout request is no form.',
    causes: ['The sender writes JSON.', 'A proxy changed the media type.'],
    remedy: 'Answer with status 415.',
  },
  LOGOUT_REQUEST_INVALID: {
    means: 'The back-channel logout request has no logout_token, or several.',
    causes: ['The token stands in the query.', 'A body parser read the stream before.'],
    remedy: 'Answer 400. Let no body parser run before, or give the token itself.',
  },
  LOGOUT_TOKEN_MALFORMED: {
    means: 'The logout token is no JWT.',
    causes: ['It was cut, or is longer than limits.jwt.'],
    remedy: 'Answer 400; report it to the people who run the server if it comes from there.',
  },
  LOGOUT_TOKEN_ENCRYPTION: {
    means: 'The logout token is encrypted and cannot be opened, or is not encrypted and should be.',
    causes: ['The option decrypt is missing.', 'id_token_encrypted_response_alg is registered here and not at the server.'],
    remedy: 'Give decrypt: decryptWith({ key, alg }), and compare the registration with the client metadata.',
  },
  LOGOUT_TOKEN_CRITICAL: {
    means: 'The logout token has a header that must be understood and is not.',
    causes: ['The server uses an extension of JWS, with crit or b64.'],
    remedy: 'Have the server sign without the extension.',
  },
  LOGOUT_TOKEN_TYPE: {
    means: 'The JWT is of another kind, such as an access token.',
    causes: ['Somebody posts a token of the same server that is no logout token.'],
    remedy: 'Answer with status 400.',
  },
  LOGOUT_TOKEN_ALGORITHM: {
    means: 'The logout token is signed with another algorithm than ID tokens are.',
    causes: ['id_token_signed_response_alg is not what the server uses.', 'Somebody took the signature away (none).'],
    remedy: 'Answer 400; register the algorithm that the server really uses.',
  },
  LOGOUT_TOKEN_KEY: {
    means: 'No key of the server fits the logout token.',
    causes: ['Somebody forged it.', 'The server has not published a new key.'],
    remedy: 'Answer 400; have the server publish its keys before it signs with them.',
  },
  LOGOUT_TOKEN_SIGNATURE: {
    means: 'The signature of the logout token is wrong.',
    causes: ['Somebody changed or forged it.'],
    remedy: 'Answer with status 400.',
  },
  LOGOUT_TOKEN_ISSUER: {
    means: 'The logout token is of another issuer.',
    causes: [
      'The configured issuer is not spelled as the server spells it.',
      'The request reached the address of another server’s client.',
    ],
    remedy: 'Answer 400, or correct the configured issuer.',
  },
  LOGOUT_TOKEN_AUDIENCE: {
    means: 'The logout token is for another client.',
    causes: ['Somebody replays the token of another application.', 'The configured client_id is wrong.'],
    remedy: 'Answer 400, or correct the configured client_id.',
  },
  LOGOUT_TOKEN_EXPIRED: {
    means: 'The logout token is past its exp, or has none that is a time.',
    causes: ['It was held back on the way.', 'The clock of this machine is wrong.'],
    remedy: 'Answer 400, and set the clock right.',
  },
  LOGOUT_TOKEN_NOT_BEFORE: {
    means: 'The logout token is not valid yet.',
    causes: ['The clocks of this machine and the server differ.'],
    remedy: 'Set the clock right, or raise clockTolerance.',
  },
  LOGOUT_TOKEN_ISSUED_AT: {
    means: 'The logout token was issued in the future, or too long ago.',
    causes: ['The clocks of this machine and the server differ.', 'The server sends tokens again after minutes.'],
    remedy: 'Set the clock right, or raise clockTolerance or maxAge.',
  },
  LOGOUT_TOKEN_CLAIM: {
    means: 'The logout token lacks iat, jti or exp.',
    causes: ['The server follows an early draft, in which exp was not required.'],
    remedy: 'If it is exp that this server always leaves out, give quirks: { logoutTokenWithoutExp: true }; else report it to its people.',
  },
  LOGOUT_TOKEN_EVENTS: {
    means: 'The JWT says nothing of a logout.',
    causes: ['It is an ID token, or another token of the same server.', 'events is a list, as in an early draft.'],
    remedy: 'Answer with status 400.',
  },
  LOGOUT_TOKEN_NONCE: {
    means: 'The logout token has a nonce.',
    causes: ['It is an ID token in disguise.'],
    remedy: 'Answer with status 400.',
  },
  LOGOUT_TOKEN_SUBJECT: {
    means: 'The logout token says neither which session nor which user, or not as text.',
    causes: ['The server does not follow Back-Channel Logout 1.0, section 2.4.'],
    remedy: 'Answer 400, and report it to the people who run the server.',
  },
  LOGOUT_TOKEN_REPLAYED: {
    means: 'The same logout token came before.',
    causes: ['Somebody replays it.', 'The server did not get the first answer, and sends it again.'],
    remedy: 'Answer 400: what it asked for was done.',
  },
  LOGOUT_STORE_FAILED: {
    means: 'The store that remembers logout tokens failed.',
    causes: ['The database behind it is down.'],
    remedy: 'Answer 400, end nothing, and see that the store runs.',
  },
  FRONT_CHANNEL_LOGOUT_INVALID: {
    means: 'The front-channel logout request cannot be read.',
    causes: ['A parameter stands there twice, or is too long.', 'It is no request by GET.'],
    remedy: 'Change nothing.',
  },
  FRONT_CHANNEL_LOGOUT_MISSING: {
    means: 'The front-channel logout request lacks iss or sid.',
    causes: ['Another page made the browser send it.', 'The server does not know frontchannel_logout_session_required.'],
    remedy: 'Change nothing; compare the registration at the server with the client metadata.',
  },
  FRONT_CHANNEL_LOGOUT_ISSUER: {
    means: 'The front-channel logout request is of another issuer.',
    causes: ['Two servers have the same frontchannel_logout_uri.', 'It is forged.'],
    remedy: 'Change nothing; give each server an address of its own.',
  },
  FRONT_CHANNEL_LOGOUT_SESSION: {
    means: 'The front-channel logout request is for another session than that of this browser.',
    causes: ['The user has signed in again meanwhile.', 'It is forged.'],
    remedy: 'Change nothing.',
  },
} as const

/** A code of @oidc/logout. */
export type LogoutErrorCode = keyof typeof errorCodes
