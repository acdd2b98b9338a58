/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  INTROSPECTION_OPTION_INVALID: {
    means: 'An option of introspection() or introspectToken() is missing, of the wrong kind, or unknown.',
    causes: [
      'An environment variable that is not set became expected.aud.',
      'The tokens were given, and not their access_token.',
      'Milliseconds were given as cache.maxAge.',
      'signed is false, and the client metadata register signed answers.',
    ],
    remedy: 'Correct what the message names; nothing was sent.',
  },
  INTROSPECTION_INVALID: {
    means: 'A member of the introspection answer is missing or of the wrong kind.',
    causes: ['introspection_endpoint leads to another endpoint.', 'active is "true" or 1 in place of true.'],
    remedy: 'Treat the token as not valid. Report the message to the people who run the server: it names the member.',
  },
  INTROSPECTION_UNSIGNED: {
    means: 'The introspection answer is plain JSON, and a signed one was asked for.',
    causes: ['The server does not sign for this client.', 'Somebody between client and server took the signature away.'],
    remedy: 'Treat the token as not valid. Have the server sign its answers, or do not ask for it.',
  },
  INTROSPECTION_CONTAINER: {
    means: 'The signed answer has no object token_introspection.',
    causes: [
      'The server follows an old draft and puts the members beside the claims of the JWT.',
      'Another kind of JWT was put in its place.',
    ],
    remedy: 'Treat the token as not valid. Have the server follow RFC 9701, section 5.',
  },
  INTROSPECTION_MALFORMED: {
    means: 'The signed answer is no JWT.',
    causes: ['It is longer than limits.jwt.', 'An encrypted answer holds something else than one signed JWT.'],
    remedy: 'Report it to the people who run the server.',
  },
  INTROSPECTION_ENCRYPTION: {
    means: 'The answer is encrypted and cannot be opened, or is not encrypted as the client has registered.',
    causes: [
      'The option decrypt is missing.',
      'introspection_encrypted_response_alg or introspection_encrypted_response_enc here is not what the server has.',
    ],
    remedy: 'Give decrypt: decryptWith({ key, alg }), and compare the registration with the client metadata.',
  },
  INTROSPECTION_CRITICAL: {
    means: 'The answer has a header that must be understood and is not.',
    causes: ['The server uses an extension of JWS, with crit or b64.'],
    remedy: 'Have the server sign without the extension.',
  },
  INTROSPECTION_TYPE: {
    means: 'The JWT is of another kind than token-introspection+jwt.',
    causes: ['Somebody put a token of the same server in place of the answer.', 'The server follows an old draft without typ.'],
    remedy: 'Treat the token as not valid. Have the server write the typ of RFC 9701, section 5.',
  },
  INTROSPECTION_ALGORITHM: {
    means: 'The answer is signed with another algorithm than is wanted, or the registered one proves nothing.',
    causes: ['introspection_signed_response_alg is not what the server uses.', 'It is none, or a MAC under the client secret.'],
    remedy: 'Register an asymmetric algorithm, and give the same one in the client metadata.',
  },
  INTROSPECTION_KEY: {
    means: 'No key of the server fits the answer.',
    causes: ['The server has not published a new key.', 'The answer is of another server.'],
    remedy: 'Treat the token as not valid. Have the server publish its keys before it signs with them.',
  },
  INTROSPECTION_SIGNATURE: {
    means: 'The signature of the answer is wrong.',
    causes: ['Somebody changed the answer.', 'It is of another server.'],
    remedy: 'Treat the token as not valid.',
  },
  INTROSPECTION_ISSUER: {
    means: 'The signed answer is of another issuer than the server that was asked.',
    causes: ['The configured issuer is not spelled as the server spells it.', 'The answer of another server was put in its place.'],
    remedy: 'Correct the configured issuer, or treat the token as not valid.',
  },
  INTROSPECTION_AUDIENCE: {
    means: 'The signed answer is for somebody else.',
    causes: [
      'The server names the resource server in aud, and not the client_id that it asks with.',
      'The answer for another client was replayed.',
    ],
    remedy:
      'Give introspection({ quirks: { audience } }) with the name that the server has for this resource server, if the message shows it.',
  },
  INTROSPECTION_EXPIRED: {
    means: 'The signed answer itself is past its exp; this is not the exp of the token.',
    causes: ['The clock of this machine is wrong.', 'An old answer was replayed.'],
    remedy: 'Set the clock right, or treat the token as not valid.',
  },
  INTROSPECTION_NOT_BEFORE: {
    means: 'The signed answer itself is not valid yet.',
    causes: ['The clocks of this machine and the server differ.'],
    remedy: 'Set the clock right, or raise clockTolerance.',
  },
  INTROSPECTION_ISSUED_AT: {
    means: 'The signed answer was issued in the future.',
    causes: ['The clocks of this machine and the server differ.'],
    remedy: 'Set the clock right, or raise clockTolerance.',
  },
  INTROSPECTION_CLAIM: {
    means: 'The signed answer has no iat.',
    causes: ['The server does not follow RFC 9701, section 5.'],
    remedy: 'Report it to the people who run the server.',
  },
  INTROSPECTION_TOKEN_AUDIENCE: {
    means: 'The token is active, and for another resource server.',
    causes: ['The token of another service is replayed here.', 'The client did not ask for this resource.'],
    remedy: 'Refuse the request with status 401.',
  },
  INTROSPECTION_TOKEN_ISSUER: {
    means: 'The token is active, and of another issuer.',
    causes: ['The server introspects tokens of several issuers.'],
    remedy: 'Refuse the request with status 401.',
  },
  INTROSPECTION_TOKEN_CLIENT: {
    means: 'The token is active, and was issued to another client.',
    causes: ['A client sends a token that was given to another one.'],
    remedy: 'Refuse the request with status 401.',
  },
  INTROSPECTION_TOKEN_SUBJECT: {
    means: 'The token is active, and of another user, or of none.',
    causes: ['Tokens of two sessions were mixed up.', 'It is a token of a client, without a user.'],
    remedy: 'Refuse the request with status 401.',
  },
  INTROSPECTION_TOKEN_SCOPE: {
    means: 'The token is active, and lacks a scope that is needed.',
    causes: ['The client did not ask for the scope, or the user did not grant it.'],
    remedy: 'Refuse the request with status 403 and insufficient_scope.',
  },
  INTROSPECTION_TOKEN_TYPE: {
    means: 'The token is active, and of another type than it was presented as.',
    causes: ['A DPoP-bound token is presented as a Bearer one.', 'The server does not say the type.'],
    remedy: 'Refuse the request with status 401.',
  },
  INTROSPECTION_TOKEN_BINDING: {
    means: 'The token is active, and not bound to the key or certificate that the request came with.',
    causes: ['Somebody else than its owner presents it.', 'The server did not bind it, or does not say so in cnf.'],
    remedy: 'Refuse the request with status 401.',
  },
} as const

/** A code of @oidc/introspection. */
export type IntrospectionErrorCode = keyof typeof errorCodes
