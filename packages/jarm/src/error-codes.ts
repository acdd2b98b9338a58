/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  JARM_OPTION_INVALID: {
    means: 'An option of jarm() is of the wrong kind.',
    causes: ['response_mode is a plain one, such as form_post.', 'maxResponseLifetime is no number of seconds.'],
    remedy: 'Give what the message asks for; nothing was sent.',
  },
  JARM_MODE: {
    means: 'The response_mode of a request is no secured one, or none that the server has.',
    causes: [
      'The caller gave form_post, query or fragment while jarm() is installed.',
      'The server does not do JARM, or not in that place.',
    ],
    remedy: 'Give the mode with .jwt at its end, and one that response_modes_supported of the server lists.',
  },
  JARM_RESPONSE_MISSING: {
    means: 'A plain authorization response came where a secured one was asked for.',
    causes: [
      'Somebody took the signature away, to put in a code of their own.',
      'The server could not use the request, and answered with a plain error.',
      'The server ignores response_mode for this client.',
    ],
    remedy: 'Start a new login. If it happens again, have JARM enabled for the client at the server.',
  },
  JARM_MALFORMED: {
    means: 'The parameter response is no JWT.',
    causes: ['It was cut, or is longer than limits.jwt.', 'An encrypted response holds something else than one signed JWT.'],
    remedy: 'Start a new login; report it to the people who run the server if it happens again.',
  },
  JARM_ENCRYPTION: {
    means: 'The response is encrypted and cannot be opened, or is not encrypted and should be.',
    causes: ['The option decrypt is missing.', 'authorization_encrypted_response_alg is registered here and not at the server.'],
    remedy: 'Give decrypt: decryptWith({ key, alg }), and compare the registration with the client metadata.',
  },
  JARM_CRITICAL: {
    means: 'The response has a header that must be understood and is not.',
    causes: ['The server uses an extension of JWS, with crit or b64.'],
    remedy: 'Discard it, and have the server sign without the extension.',
  },
  JARM_TYPE: {
    means: 'The JWT in response is of another kind, such as an ID token or a logout token.',
    causes: ['Somebody put a token of the same server in place of the response.'],
    remedy: 'Discard it, and start a new login.',
  },
  JARM_ALGORITHM: {
    means: 'The response is signed with another algorithm than is wanted, or the registered one proves nothing.',
    causes: ['authorization_signed_response_alg is not what the server uses.', 'It is none, or a MAC under the client secret.'],
    remedy: 'Register an asymmetric algorithm, and give the same one in the client metadata.',
  },
  JARM_KEY: {
    means: 'No key of the server fits the response.',
    causes: ['The server has not published a new key.', 'The response is of another server.'],
    remedy: 'Discard it; have the server publish its keys before it signs with them.',
  },
  JARM_SIGNATURE: {
    means: 'The signature of the response is wrong.',
    causes: ['Somebody changed the response.', 'It is of another server.'],
    remedy: 'Discard it, and start a new login.',
  },
  JARM_ISSUER: {
    means: 'The response is of another issuer than the client asked.',
    causes: ['Somebody mixes two servers up.', 'The configured issuer is not spelled as the server spells it.'],
    remedy: 'Discard it, or correct the configured issuer.',
  },
  JARM_AUDIENCE: {
    means: 'The response is for another client.',
    causes: ['Somebody replays the response of another application.', 'The configured client_id is wrong.'],
    remedy: 'Discard it, or correct the configured client_id.',
  },
  JARM_EXPIRED: {
    means: 'The response is past its exp, or good for longer than is safe.',
    causes: ['The user or the network was slow.', 'The clock of this machine is wrong.', 'The server gives it more than ten minutes.'],
    remedy: 'Start a new login, set the clock right, or give jarm({ maxResponseLifetime }).',
  },
  JARM_NOT_BEFORE: {
    means: 'The response is not valid yet.',
    causes: ['The clocks of this machine and the server differ.'],
    remedy: 'Set the clock right, or raise clockTolerance.',
  },
  JARM_ISSUED_AT: {
    means: 'The response was issued in the future.',
    causes: ['The clocks of this machine and the server differ.'],
    remedy: 'Set the clock right, or raise clockTolerance.',
  },
  JARM_CLAIM: {
    means: 'The response has no exp.',
    causes: ['The server does not follow JARM, section 2.1.'],
    remedy: 'Report it to the people who run the server.',
  },
  JARM_PARAMETER: {
    means: 'A parameter in the response is of another type than string.',
    causes: ['The server writes code or state as a number, an array or an object.'],
    remedy: 'Report it to the people who run the server.',
  },
  JAR_OPTION_INVALID: {
    means: 'An option of jar() or encryptWith() is missing or of the wrong kind.',
    causes: ['A promise was given for key: await is missing.', 'reference was left out where objects go by reference.'],
    remedy: 'Give what the message asks for; nothing was sent.',
  },
  JAR_ALGORITHM: {
    means: 'The key signs request objects with an algorithm that the registration or the server does not allow.',
    causes: ['request_object_signing_alg names another one.', 'The server knows EdDSA, and the key says Ed25519.'],
    remedy: 'Give a key for one of the algorithms in the message, as { key, alg } where it goes by several names.',
  },
  JAR_UNSUPPORTED: {
    means: 'The server does not take request objects by reference.',
    causes: ['request_uri_parameter_supported of the server is false.'],
    remedy: 'Send them by value, or push them with par().',
  },
  JAR_ENCRYPTION: {
    means: 'A request object cannot be encrypted to the server.',
    causes: ['The server does not list the alg or enc.', 'The key is for another algorithm.'],
    remedy: 'Take an encryption key from the jwks_uri of the server, and an algorithm that it lists.',
  },
} as const

/** A code of @oidc/jarm. */
export type JARMErrorCode = keyof typeof errorCodes
