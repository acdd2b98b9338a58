/**
 * Every code that core throws, with what it means. docs/ERRORS.md is generated from this table; at run time nothing reads it, so a bundle does
 * not hold it.
 */
export const errorCodes = {
  // The caller's own mistakes, told before any request is sent
  OPTION_INVALID: 'An option is missing or of the wrong kind.',
  OPTION_UNKNOWN: 'An option has a name that does not exist.',
  PARAMETER_RESERVED: 'A request parameter was given that the client sets itself.',
  PARAMETER_INVALID: 'A request parameter is of a kind that cannot be sent.',
  HEADER_RESERVED: 'A header was given that the client sets itself.',
  REDIRECT_URI_INVALID: 'The redirect_uri is missing, unusable, or not a registered one.',
  KEY_INVALID: 'A key cannot sign: it is public, too short, or its algorithm is not known.',
  URL_INVALID: 'An address is not an absolute http(s) URL, or holds what it must not.',
  URL_INSECURE: 'An address uses http.',
  REFRESH_TOKEN_MISSING: 'There is no refresh token to use.',
  SCOPE_OPENID_UNSUPPORTED: 'A client of @oidc/core/oauth was asked for the scope openid.',
  // Clients and plugins
  CLIENT_INVALID: 'A value that is no client was given as one.',
  CLIENT_CONTRACT: 'Client and plugin come from versions of @oidc/core that do not work together.',
  PLUGIN_INVALID: 'A value that is no plugin was given as one, or a plugin returned something unusable.',
  PLUGIN_MISSING: 'The server, the client metadata, a plugin or a function needs a plugin that is not installed.',
  PLUGIN_CONFLICT: 'Two plugins, or a plugin and the client, want the same thing.',
  PLUGIN_UNSUPPORTED: 'A plugin fills a slot that this version of @oidc/core does not know.',
  PLUGIN_FAILED: 'A plugin threw an error that is not an OidcError, or broke a rule of its slot.',
  // The server's metadata
  SERVER_METADATA_INVALID: "The server's metadata is malformed.",
  SERVER_METADATA_MISSING: "The server's metadata lacks a member that is needed.",
  ISSUER_MISMATCH: 'The metadata that was found is of another issuer.',
  // HTTP
  NETWORK_ERROR: 'No answer came, or it broke off.',
  TIMEOUT: 'The answer did not come in full in time.',
  ABORTED: "The caller's AbortSignal ended the operation.",
  REDIRECT_REFUSED: 'The server answered with a redirect, and none is followed.',
  HTTP_STATUS: 'The server answered with another status than success, without an OAuth error.',
  OAUTH_ERROR: 'The server answered with an OAuth error; `error` holds it.',
  RESPONSE_CONTENT_TYPE: 'The answer is of a media type that was not asked for.',
  RESPONSE_MALFORMED: 'The body of the answer is not what its media type says, or breaks a limit on its structure.',
  BODY_TOO_LARGE: 'A body is larger than the limit.',
  BODY_INVALID: 'The body of a request that came in cannot be used.',
  // The authorization response
  TRANSACTION_INVALID: 'The transaction is not one.',
  TRANSACTION_MISMATCH: 'The transaction belongs to another client or server.',
  TRANSACTION_EXPIRED: 'The login took too long.',
  AUTHORIZATION_RESPONSE_INVALID: 'The authorization response cannot be read.',
  AUTHORIZATION_RESPONSE_MODE: 'The authorization response came in another way than was asked for.',
  STATE_MISSING: 'The authorization response has no state.',
  STATE_MISMATCH: 'The authorization response belongs to another transaction.',
  ISS_MISSING: 'The authorization response has no iss, though the server promises it.',
  ISS_MISMATCH: 'The authorization response is from another server.',
  FRONT_CHANNEL_TOKEN: 'The authorization response holds a token that was not asked for, or that nobody verified.',
  AUTHORIZATION_ERROR: 'The server refused the authorization request; `error` holds why.',
  CODE_MISSING: 'The authorization response has no usable code.',
  // The token response
  TOKEN_RESPONSE_INVALID: 'A member of the token response is missing or of the wrong kind.',
  TOKEN_TYPE_MISSING: 'The token response has no token_type.',
  TOKEN_TYPE_UNSUPPORTED: 'The access token is of a type that this client cannot use.',
  TOKEN_TYPE_CHANGED: 'A refresh gave tokens of another type.',
  SCOPE_WIDER: 'More scope was granted than was asked for, and strictScope is set.',
  // The ID token
  ID_TOKEN_MISSING: 'There is no ID token.',
  ID_TOKEN_UNEXPECTED: 'An ID token came to a client that cannot verify one.',
  ID_TOKEN_MALFORMED: 'The ID token is not a signed JWT.',
  ID_TOKEN_ENCRYPTION: 'The ID token is encrypted and cannot be opened, or is not encrypted and should be.',
  ID_TOKEN_CRITICAL: 'The ID token has a critical header that is not understood.',
  ID_TOKEN_TYPE: 'The JWT is of another kind than an ID token.',
  ID_TOKEN_ALGORITHM: 'The ID token is signed with an algorithm that is not accepted.',
  ID_TOKEN_KEY: 'No key of the server fits the ID token.',
  ID_TOKEN_SIGNATURE: "The ID token's signature is wrong.",
  ID_TOKEN_ISSUER: "The ID token's iss is another server.",
  ID_TOKEN_SUBJECT: "The ID token's sub is missing or unusable.",
  ID_TOKEN_AUDIENCE: "The ID token's aud is not this client alone.",
  ID_TOKEN_AUTHORIZED_PARTY: "The ID token's azp is another client.",
  ID_TOKEN_EXPIRED: 'The ID token has expired, or its exp is unusable.',
  ID_TOKEN_NOT_BEFORE: 'The ID token is not valid yet.',
  ID_TOKEN_ISSUED_AT: "The ID token's iat is missing, in the future, or too old.",
  ID_TOKEN_NONCE: "The ID token's nonce is not the one that was sent.",
  ID_TOKEN_ACR: "The ID token's acr is not one that was demanded.",
  ID_TOKEN_AUTH_TIME: "The ID token's auth_time is missing, in the future, or too long ago.",
  ID_TOKEN_HASH: 'A hash in the ID token does not fit what came with it.',
  ID_TOKEN_CONTINUITY: 'The ID token is of another user, server, client or session than the one before it.',
  // Keys and decryption
  KEY_SET_INVALID: "The server's key set is malformed.",
  DECRYPTION_FAILED: 'An encrypted token cannot be opened with the keys of this client.',
  // UserInfo, polling
  USERINFO_INVALID: 'The UserInfo answer is malformed.',
  USERINFO_SUBJECT: 'The UserInfo answer is of another user.',
  POLL_EXPIRED: 'Nobody answered before the request expired.',
} as const

/** A code of core. Extensions have tables of their own. */
export type ErrorCode = keyof typeof errorCodes
