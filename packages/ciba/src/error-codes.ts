/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  CIBA_OPTION_INVALID: {
    means: 'An option of ciba() or of one of its functions is missing, unknown or of the wrong kind.',
    causes: [
      "mode is none of 'poll', 'ping' and 'push'.",
      'store has no set, get, take and delete.',
      'lifetime is no whole number of seconds from 1 to 300.',
    ],
    remedy: 'Correct the option that the message names.',
  },
  CIBA_MODE: {
    means: 'The client is not set up for the delivery mode that was asked of it.',
    causes: [
      'A client of mode push was told to poll, or pings arrive at a client of another mode.',
      'backchannel_token_delivery_mode of the client metadata says another mode than ciba().',
      'The server does not offer the mode.',
    ],
    remedy: 'Give ciba() the mode that the client is registered with.',
  },
  CIBA_SCOPE: {
    means: 'The scope of the request does not hold openid.',
    causes: ['The scope was left out.'],
    remedy: 'Put openid into the scope.',
  },
  CIBA_HINT: {
    means: 'The request does not say exactly once who the user is.',
    causes: ['None of login_hint, id_token_hint and login_hint_token was given, or several of them.'],
    remedy: 'Give exactly one of the three.',
  },
  CIBA_BINDING_MESSAGE: {
    means: 'The binding message cannot be shown to the user.',
    causes: ['It is empty, longer than 100 characters, or holds control or formatting characters.'],
    remedy: 'Give a short plain text, such as the code that the user sees on the other screen.',
  },
  CIBA_UNSUPPORTED: {
    means: 'The server says that it does not take a parameter.',
    causes: ['user_code was given, and backchannel_user_code_parameter_supported is false.'],
    remedy: 'Take the parameter away, or ask the operator of the server.',
  },
  CIBA_ALGORITHM: {
    means: 'The key does not sign requests with the algorithm that was registered, or there is no key.',
    causes: [
      'backchannel_authentication_request_signing_alg is registered, and ciba() has no key.',
      'The server or the registration names another algorithm.',
    ],
    remedy: 'Give ciba({ key }) a key for the algorithm that the message names.',
  },
  CIBA_RESPONSE_INVALID: {
    means: 'A member of the answer to a backchannel authentication request is missing or of the wrong kind.',
    causes: ['backchannel_authentication_endpoint leads to another endpoint.', 'auth_req_id or expires_in is missing.'],
    remedy: 'Report the message to the people who run the server: it names the member.',
  },
  CIBA_SUBJECT: {
    means: 'Another user signed in than was expected.',
    causes: ['The user was mixed up by the server, or expectedSubject is that of another request.'],
    remedy: 'Discard the tokens and begin again.',
  },
  CIBA_NOTIFICATION_INVALID: {
    means: 'A request to the notification endpoint is no notification.',
    causes: [
      'It is no POST of JSON, is too large, or has no auth_req_id.',
      'Pings were sent to the endpoint for pushes, or the other way round.',
    ],
    remedy: 'Answer with the response that was made for it. If it came from the server, check the mode that the client is registered with.',
  },
  CIBA_NOTIFICATION_TOKEN: {
    means: 'A notification has no bearer token, or one that no pending request has.',
    causes: [
      'Somebody else than the server called the endpoint.',
      'The request has expired, or its tokens were delivered already.',
      'The processes of the application do not share one store.',
    ],
    remedy: 'Answer with the response that was made for it. If it came from the server, give all processes the same store.',
  },
  CIBA_AUTH_REQ_ID: {
    means: 'A notification or an ID token belongs to another authentication request.',
    causes: ['The server mixed two requests up, or somebody replays a notification.'],
    remedy: 'Discard it and begin again.',
  },
  CIBA_NOTIFICATION_REPEATED: {
    means: 'The server sent a ping again.',
    causes: ['The answer to the first one was lost on the way.'],
    remedy: 'Nothing is to be done: the first one was taken.',
  },
  CIBA_PUSH_BINDING: {
    means: 'The parts of a push are not bound to each other by its ID token.',
    causes: [
      'The ID token has no urn:openid:params:jwt:claim:auth_req_id or no at_hash.',
      'There is a refresh token without urn:openid:params:jwt:claim:rt_hash, or that claim without a refresh token.',
    ],
    remedy: 'Discard the push, and have the server put the claims in.',
  },
  CIBA_REFUSED: {
    means: 'The server pushed an error instead of tokens.',
    causes: [
      'access_denied: the user declined.',
      'expired_token: the user did not answer in time.',
      'transaction_failed: something went wrong.',
    ],
    remedy: 'Read error of the thrown value, tell the user, and begin again if that is wanted.',
  },
} as const

/** A code of @oidc/ciba. */
export type CIBAErrorCode = keyof typeof errorCodes
