/**
 * Every code that core throws: what it means, what usually causes it, and what to do. docs/ERRORS.md is generated from this table; at run time
 * nothing reads it, so a bundle does not hold it.
 */
export const errorCodes = {
  // The caller's own mistakes, told before any request is sent
  OPTION_INVALID: {
    means: 'An option is missing or of the wrong kind.',
    causes: [
      'An environment variable that is not set became undefined.',
      'Milliseconds were given where seconds are wanted.',
      'Tokens from a store lost their access_token or token_type.',
    ],
    remedy: 'Read the message: it names the option, what it was and what is wanted. Correct the call; no request was sent.',
  },
  OPTION_UNKNOWN: {
    means: 'An option has a name that does not exist.',
    causes: ['A slip of the pen, such as clientId for client_id.', 'An option of another library, or of a newer version of this one.'],
    remedy:
      'Take the name that the message suggests. Wire names keep the spelling of their RFC (client_id), all others are camelCase (clockTolerance).',
  },
  PARAMETER_RESERVED: {
    means: 'A request parameter was given that the client sets itself.',
    causes: [
      'state, nonce or code_challenge was passed by hand.',
      'client_id or redirect_uri was repeated among the parameters of a grant.',
    ],
    remedy:
      'Take the parameter away. What must survive the login (a return address, a tenant) goes into { data } of createAuthorizationRequest.',
  },
  PARAMETER_INVALID: {
    means: 'A request parameter is of a kind that cannot be sent.',
    causes: [
      'An object was given where the wire has a string; only claims and authorization_details are written as JSON.',
      'max_age is not a whole number of seconds.',
      'An array was given for a parameter that may not be repeated.',
    ],
    remedy: 'Give a string, a number or a boolean; arrays only for resource and audience.',
  },
  HEADER_RESERVED: {
    means: 'A header was given that the client sets itself.',
    causes: ['fetchProtectedResource was given an Authorization, DPoP or Cookie header.'],
    remedy: 'Take the header away: the client puts the access token there, and nothing else may speak for the user.',
  },
  REDIRECT_URI_INVALID: {
    means: 'The redirect_uri is missing, unusable, or not a registered one.',
    causes: [
      'The client has several redirect_uris and none was chosen.',
      'It is relative, has a fragment, or begins with a scheme that runs code.',
      'It differs from the registered ones, often by a slash or a port.',
    ],
    remedy: 'Give the absolute URI, letter by letter as it is registered at the server.',
  },
  KEY_INVALID: {
    means: 'A key cannot sign: it is public, too short, or its algorithm is not known.',
    causes: [
      'The public half of a pair was given.',
      'An RSA key is shorter than 2048 bits, or a secret shorter than the hash.',
      'A PEM or a buffer does not tell its algorithm.',
      'A signer, such as a key service, failed.',
    ],
    remedy: 'Give a private CryptoKey, KeyObject or JWK, and { key, alg } where the key does not name its algorithm.',
  },
  URL_INVALID: {
    means: 'An address is not an absolute http(s) URL, or holds what it must not.',
    causes: [
      'A host name without https:// was configured.',
      'The address has a user name, a password, a fragment, white space or a backslash.',
      "An endpoint in the server's metadata is malformed.",
    ],
    remedy: 'Give the address in full, such as https://login.example, and send credentials by a method of authentication instead.',
  },
  URL_INSECURE: {
    means: 'An address uses http.',
    causes: [
      'A server on this machine is used in development.',
      'TLS ends at a proxy, and the server writes its inner address into its metadata.',
    ],
    remedy: "Use https. For a server on this very machine give allowInsecure: 'loopback'; for any other host there is no such option.",
  },
  REFRESH_TOKEN_MISSING: {
    means: 'There is no refresh token to use.',
    causes: [
      'The login did not ask for offline_access.',
      'The server gives refresh tokens only after consent, or not to this client.',
      'The tokens were stored without it.',
    ],
    remedy:
      'Ask for what the server wants for offline access (most often the scope offline_access with prompt=consent), or send the user to a new login.',
  },
  SCOPE_OPENID_UNSUPPORTED: {
    means: 'A client of @oidc/core/oauth was asked for the scope openid.',
    causes: ['createClient or discover was imported from @oidc/core/oauth, whose clients carry no verifier of ID tokens.'],
    remedy: 'Import them from @oidc/core, or take openid out of the scope.',
  },
  // Clients and plugins
  CLIENT_INVALID: {
    means: 'A value that is no client was given as one.',
    causes: ['await is missing before discover().', 'The client was copied or went through JSON.'],
    remedy: 'Give the very object that createClient(), extend() or await discover() gave.',
  },
  CLIENT_CONTRACT: {
    means: 'Client and plugin come from versions of @oidc/core that do not work together.',
    causes: ['Two versions of @oidc/core are installed.', 'An extension is older or newer than core allows.'],
    remedy: 'List the versions (npm ls @oidc/core) and install one that satisfies them all.',
  },
  PLUGIN_INVALID: {
    means: 'A value that is no plugin was given as one, or a plugin returned something unusable.',
    causes: [
      'The factory was given instead of its result: par for par().',
      'A slot returned another kind of value than its contract names.',
    ],
    remedy: "Call the factory in use. If it is called, report the message to the plugin's authors: it names the slot.",
  },
  PLUGIN_MISSING: {
    means: 'The server, the client metadata, a plugin or a function needs a plugin that is not installed.',
    causes: [
      'The server requires pushed or signed requests.',
      'A function of an extension was called without its factory in use.',
      'The client metadata asks for something that core alone does not do.',
    ],
    remedy: 'Install the package that the message names and add its factory to use.',
  },
  PLUGIN_CONFLICT: {
    means: 'Two plugins, or a plugin and the client, want the same thing.',
    causes: [
      'One plugin is in use twice.',
      'Two plugins fill a slot that has room for one, or add one parameter with two values.',
      'Tokens would be bound to a DPoP key and to a certificate.',
    ],
    remedy: 'Take one of the two that the message names out of use.',
  },
  PLUGIN_UNSUPPORTED: {
    means: 'A plugin fills a slot that this version of @oidc/core does not know.',
    causes: ['The plugin was made for a newer core: its check would silently not run.'],
    remedy: 'Update @oidc/core, or install the version of the plugin that fits.',
  },
  PLUGIN_FAILED: {
    means: 'A plugin threw an error that is not an OidcError, or broke a rule of its slot.',
    causes: ['A defect of the plugin.', 'A function of the application that the plugin calls, such as a store, failed.'],
    remedy: 'Look at cause, plugin and slot of the error, and mend it there.',
  },
  // The server's metadata
  IDENTIFIER_INVALID: {
    means: 'What a user typed to say where the account is cannot be used.',
    causes: ['It is empty, or no e-mail address, host or https URL.', 'It is an XRI.', 'Its host cannot be asked over https.'],
    remedy: 'Show the field again and ask for an e-mail address or a URL.',
  },
  WEBFINGER_INVALID: {
    means: 'The host of what a user typed does not say who signs the user in.',
    causes: ['It offers WebFinger for other purposes.', 'It does not know that account.'],
    remedy: 'Let the user name the server itself, or choose it from a list.',
  },
  ISSUER_REFUSED: {
    means: 'A host names an issuer that the application does not allow.',
    causes: ['Somebody wants users to sign in at a server of their own.', 'The issuer is spelled otherwise in allowed, often by a slash.'],
    remedy: 'Refuse the sign-in, or add the issuer to allowed if you trust it.',
  },
  RESOURCE_METADATA_INVALID: {
    means: 'The metadata of a protected resource cannot be used.',
    causes: ['It is no JSON object, or has no resource.', 'A member is of the wrong type.'],
    remedy: 'Report it to the people who run the resource.',
  },
  RESOURCE_MISMATCH: {
    means: 'The metadata is of another protected resource than the one that was asked for.',
    causes: [
      'The identifier is spelled otherwise there, often by a slash.',
      'The address of the metadata came in a challenge and leads to another resource.',
    ],
    remedy: 'Give the resource exactly as it spells itself. If it is another one, send it no token.',
  },
  SIGNED_METADATA_INVALID: {
    means: 'The signed metadata of a server is missing, or its signature, signer or time is not as it must be.',
    causes: ['The keys that were given are not those that sign it.', 'It has expired.', 'Somebody changed the metadata on its way.'],
    remedy: 'Do not use the metadata. Compare keys and signer with what the people who run the server say.',
  },
  SERVER_METADATA_INVALID: {
    means: "The server's metadata is malformed.",
    causes: [
      'The address of discovery belongs to something else than a provider.',
      'An endpoint is relative, or a list is a string.',
      'Metadata written by hand lacks the issuer.',
    ],
    remedy: 'Open the discovery document and correct what the message names, or give corrected metadata to createClient().',
  },
  SERVER_METADATA_MISSING: {
    means: "The server's metadata lacks a member that is needed.",
    causes: [
      'The server does not offer the feature.',
      'It offers it without saying so in its metadata.',
      'Metadata written by hand is not complete.',
    ],
    remedy: 'If the server has the endpoint, add it to the metadata and use createClient(); if not, the feature cannot be used there.',
  },
  ISSUER_MISMATCH: {
    means: 'The metadata that was found is of another issuer.',
    causes: [
      'The configured issuer has a slash too many or too few.',
      'A server of many tenants was asked without naming one.',
      'A proxy or a hostile network answered.',
    ],
    remedy:
      'Configure the issuer letter by letter as the server spells it in its metadata, once you are sure that it is the server you mean.',
  },
  // HTTP
  EGRESS_REFUSED: {
    means: 'The policy of the application (option egress) refused an address, and nothing was sent to it.',
    causes: [
      'An issuer that a user gave, or an endpoint in its metadata, leads into a private network.',
      'refusePrivateHosts is in use, and the server really has an address of this machine or network.',
      'The function given as egress threw.',
    ],
    remedy: 'Treat an issuer of a user as refused. For a server of your own, allow its host in the function that egress names.',
  },
  NETWORK_ERROR: {
    means: 'No answer came, or it broke off.',
    causes: [
      'The host name is wrong or not resolved.',
      'A firewall or a proxy is in between.',
      'The certificate is not trusted by this machine.',
      'In a browser: the server does not allow the origin (CORS).',
    ],
    remedy:
      'Check the address and the network; the message ends with what the system said, such as ECONNREFUSED or ENOTFOUND. The error is retryable, but a code that was sent may be used up.',
  },
  TIMEOUT: {
    means: 'The answer did not come in full in time.',
    causes: ['The server is slow or overloaded.', 'A connection was dropped without a word, often by a firewall.'],
    remedy: 'Try again later, or raise the option timeout (seconds, for each attempt).',
  },
  ABORTED: {
    means: "The caller's AbortSignal ended the operation.",
    causes: ['The user left, or a deadline of the application passed.', 'The signal was aborted before the call began.'],
    remedy: 'Nothing is to be done if that was meant. Signals serve one call each: do not keep an aborted one.',
  },
  REDIRECT_REFUSED: {
    means: 'The server answered with a redirect, and none is followed.',
    causes: ['The address lacks a slash, a path or the s of https.', 'A proxy sends requests without a session to its login page.'],
    remedy: 'Configure the address that serves the answer itself. Redirects are not followed because credentials would go along.',
  },
  HTTP_STATUS: {
    means: 'The server answered with another status than success, without an OAuth error.',
    causes: [
      'The server is down or limits the rate.',
      'A proxy answered with a page of its own.',
      'The address is not the one of the endpoint.',
    ],
    remedy: 'Look at http.status and http.url. Where retryable is true, wait http.retryAfter seconds and try again.',
  },
  OAUTH_ERROR: {
    means: 'The server answered with an OAuth error; `error` holds it.',
    causes: [
      'invalid_client: another secret, or another method of authentication than registered.',
      'invalid_grant: the code or refresh token was used, has expired, or belongs to another client or redirect_uri.',
      'unauthorized_client or invalid_scope: the client is not registered for what it asks.',
    ],
    remedy: 'Follow hint and message, and compare with the registration at the server. On invalid_grant start a new login.',
  },
  RESPONSE_CONTENT_TYPE: {
    means: 'The answer is of a media type that was not asked for.',
    causes: [
      'A page in HTML came from a proxy, a captive portal or a wrong address.',
      'The server signs its answers, and the client is not set up for that.',
    ],
    remedy: 'Check the address with curl. For signed UserInfo give userinfo_signed_response_alg.',
  },
  RESPONSE_MALFORMED: {
    means: 'The body of the answer is not what its media type says, or breaks a limit on its structure.',
    causes: ['The JSON is cut off, not UTF-8, or has a name twice.', 'It is nested deeper or has more members than any honest answer.'],
    remedy: 'Report it to the people who run the server; nothing of such an answer is used.',
  },
  BODY_TOO_LARGE: {
    means: 'A body is larger than the limit.',
    causes: ['A hostile or broken server sends without end, or a compression bomb.', 'A key set or UserInfo answer is really that large.'],
    remedy: 'If the size is honest, raise limits.body (bytes); if not, be glad that it was not read to its end.',
  },
  BODY_INVALID: {
    means: 'The body of a request that came in cannot be used.',
    causes: ['The request has another media type than the route wants.', 'Middleware read the body first.', 'Somebody probes the route.'],
    remedy: 'Answer with the status that the message names (400 or 415), and let no other body parser run before this one.',
  },
  // The authorization response
  TRANSACTION_INVALID: {
    means: 'The transaction is not one.',
    causes: ['It was lost, cut off or changed where it was kept.', 'Only a part of it was stored, such as state.'],
    remedy: 'Keep the whole value that createAuthorizationRequest gave, as JSON, and give it back unchanged.',
  },
  TRANSACTION_MISMATCH: {
    means: 'The transaction belongs to another client or server.',
    causes: [
      'Several servers or tenants share a callback, and the wrong client was chosen.',
      'The configuration changed while a login was under way.',
    ],
    remedy: 'Choose the client by the issuer and client_id of the transaction, or give each server a callback of its own.',
  },
  TRANSACTION_EXPIRED: {
    means: 'The login took too long.',
    causes: ['The user left the page of the server open.', 'The clocks of two machines of the application differ.'],
    remedy: 'Start a new login. If it happens to honest users, synchronize the clocks.',
  },
  AUTHORIZATION_RESPONSE_INVALID: {
    means: 'The authorization response cannot be read.',
    causes: [
      'A path was given where a whole URL is wanted.',
      'A parameter comes twice, or one is too long.',
      'Another method than GET or POST reached the callback.',
    ],
    remedy: 'Give the URL, Request or URLSearchParams of the callback as it came; if that was so, start a new login.',
  },
  AUTHORIZATION_RESPONSE_MODE: {
    means: 'The authorization response came in another way than was asked for.',
    causes: [
      'The server ignores response_mode.',
      'The answer is a signed one (JARM) and @oidc/jarm is not in use.',
      'Somebody put a response together by hand.',
    ],
    remedy: 'Ask for a mode that the server supports, and route the callback for it: GET for query, POST for form_post.',
  },
  STATE_MISSING: {
    means: 'The authorization response has no state.',
    causes: ['The callback was opened by hand or by a forged link.', 'A proxy or the server dropped the parameter.'],
    remedy: 'Do not use the response. Start a new login, and if it stays away, look at the redirect that the server sends.',
  },
  STATE_MISMATCH: {
    means: 'The authorization response belongs to another transaction.',
    causes: [
      'The user logs in in two tabs, and the transaction of the other tab was taken.',
      'The user went back in the history.',
      'Somebody tries to log the user in to a foreign account (CSRF).',
    ],
    remedy: 'Keep transactions by their state, so that every tab finds its own; otherwise start a new login.',
  },
  ISS_MISSING: {
    means: 'The authorization response has no iss, though the server promises it.',
    causes: [
      'The response is from another server (mix-up).',
      'A proxy drops the parameter.',
      'The metadata of the server promises what it does not do.',
    ],
    remedy:
      'Do not use the response. If the server really never sends it, its operator must correct authorization_response_iss_parameter_supported.',
  },
  ISS_MISMATCH: {
    means: 'The authorization response is from another server.',
    causes: [
      'A mix-up attack: one server tries to get the code of another.',
      'Several servers share a callback, and the wrong client was chosen.',
    ],
    remedy: 'Do not use the response. Choose the client by the transaction, never by what the response says.',
  },
  FRONT_CHANNEL_TOKEN: {
    means: 'The authorization response holds a token that was not asked for, or that nobody verified.',
    causes: [
      'Somebody put a token of their own into the response.',
      'The client is registered for the implicit flow.',
      'A response type with id_token is asked for without @oidc/hybrid.',
    ],
    remedy: 'Do not use the response. Where an ID token in the front channel is wanted, install @oidc/hybrid.',
  },
  AUTHORIZATION_ERROR: {
    means: 'The server refused the authorization request; `error` holds why.',
    causes: [
      'access_denied: the user said no, or may not use the application.',
      'login_required and its like: prompt=none was sent, and the user must do something.',
      'invalid_scope or unauthorized_client: the client is not registered for what it asks.',
    ],
    remedy: 'Show the user a way on. After prompt=none start a login without it; otherwise compare the request with the registration.',
  },
  CODE_MISSING: {
    means: 'The authorization response has no usable code.',
    causes: [
      'The callback was opened without a login.',
      'The code is longer than limits.parameter or has characters that cannot be printed.',
      'The response type that was asked for has no code.',
    ],
    remedy: 'Start a new login; for codes that are honestly that long raise limits.parameter.',
  },
  // The token response
  TOKEN_RESPONSE_INVALID: {
    means: 'A member of the token response is missing or of the wrong kind.',
    causes: [
      'The address is not the one of a token endpoint.',
      'The server departs from RFC 6749, for example with an empty access_token.',
    ],
    remedy: 'Report the message to the people who run the server: it names the member.',
  },
  TOKEN_TYPE_MISSING: {
    means: 'The token response has no token_type.',
    causes: ['A few servers leave it out, though it is required.'],
    remedy: "If the server's documents say that its tokens are bearer tokens, give quirks: { missingTokenType: 'Bearer' }.",
  },
  TOKEN_TYPE_UNSUPPORTED: {
    means: 'The access token is of a type that this client cannot use.',
    causes: ['The server binds tokens (DPoP), and the plugin is not in use.', 'The server has a type of its own, such as mac.'],
    remedy: 'Install the plugin for that type (@oidc/dpop for DPoP), or have the server give bearer tokens.',
  },
  TOKEN_TYPE_CHANGED: {
    means: 'A refresh gave tokens of another type.',
    causes: [
      'The server was set up anew between login and refresh.',
      'The plugin that binds tokens was taken away.',
      'Somebody strips the binding.',
    ],
    remedy: 'Discard the tokens and start a new login with the plugins that the client shall have.',
  },
  SCOPE_WIDER: {
    means: 'More scope was granted than was asked for, and strictScope is set.',
    causes: ['The server adds scopes by itself.'],
    remedy: 'Ask for what the message lists, or take strictScope away if a wider grant does no harm.',
  },
  // The ID token
  ID_TOKEN_MISSING: {
    means: 'There is no ID token.',
    causes: [
      'The scope openid was not asked for.',
      'The server does not do OpenID Connect, or does not grant openid to this client.',
      'The tokens are of a grant that gives none, such as client_credentials.',
    ],
    remedy: 'Ask for openid; for a plain OAuth 2 server do without claims.',
  },
  ID_TOKEN_UNEXPECTED: {
    means: 'An ID token came to a client that cannot verify one.',
    causes: ['The client was made by @oidc/core/oauth, and the server sends an ID token unasked.'],
    remedy: 'Make the client with @oidc/core, which verifies it.',
  },
  ID_TOKEN_MALFORMED: {
    means: 'The ID token is not a signed JWT.',
    causes: [
      'It was cut off, or its base64url or JSON is damaged.',
      'It has a name twice, or is larger than any honest one.',
      'Something else was given as an ID token, such as an access token.',
    ],
    remedy: 'Check what is given. If it is what the server sent, report it to the people who run the server.',
  },
  ID_TOKEN_ENCRYPTION: {
    means: 'The ID token is encrypted and cannot be opened, or is not encrypted and should be.',
    causes: ['The option decrypt is missing.', 'The client metadata asks for encryption, and the registration at the server does not.'],
    remedy: 'Give decrypt: decryptWith(keys), and let id_token_encrypted_response_alg be the same here and at the server.',
  },
  ID_TOKEN_CRITICAL: {
    means: 'The ID token has a critical header that is not understood.',
    causes: ['The server uses an extension of JWS that this library does not have.', 'The token was made to attack lenient verifiers.'],
    remedy: 'Have the server issue ID tokens without crit.',
  },
  ID_TOKEN_TYPE: {
    means: 'The JWT is of another kind than an ID token.',
    causes: ['An access token (at+jwt), logout token or other JWT was given in its place.'],
    remedy: 'Give the id_token of the token response, and send access tokens only to resource servers.',
  },
  ID_TOKEN_ALGORITHM: {
    means: 'The ID token is signed with an algorithm that is not accepted.',
    causes: [
      'The client is registered for another id_token_signed_response_alg; without one, RS256 is what the specification presumes.',
      'The server signs with what its metadata does not list.',
      'The token is unsigned or signed with a public key as secret: an attack.',
    ],
    remedy: 'Give id_token_signed_response_alg as it is registered at the server.',
  },
  ID_TOKEN_KEY: {
    means: 'No key of the server fits the ID token.',
    causes: [
      'The server signed with a key that it has not published yet, or no longer.',
      'Several keys fit, and the token has no kid.',
      'The token is of another server.',
      'Too many unknown keys were asked for in a short time.',
    ],
    remedy: "Compare the token's kid and alg with the key set of the server. If the keys were just changed, try again in a minute.",
  },
  ID_TOKEN_SIGNATURE: {
    means: "The ID token's signature is wrong.",
    causes: [
      'The token was changed on its way, or somebody made it.',
      'The client secret is another one than at the server (HS256 and its like).',
    ],
    remedy: 'Discard it and start a new login. For HS256 compare the secrets.',
  },
  ID_TOKEN_ISSUER: {
    means: "The ID token's iss is another server.",
    causes: ['The token is of another tenant or server.', 'The server is one of many tenants whose issuer is a template.'],
    remedy: 'Configure the issuer of the very tenant; for a server whose metadata holds a template see quirks.issuerTemplate.',
  },
  ID_TOKEN_SUBJECT: {
    means: "The ID token's sub is missing or unusable.",
    causes: ['The server leaves sub out, or it is not a string of at most 255 ASCII characters.'],
    remedy: 'Report it to the people who run the server: without sub nobody is identified.',
  },
  ID_TOKEN_AUDIENCE: {
    means: "The ID token's aud is not this client alone.",
    causes: ['The token was made for another client.', 'It names further audiences that this client does not trust.'],
    remedy: 'Check client_id. Further audiences that you trust go into trustedAudiences.',
  },
  ID_TOKEN_AUTHORIZED_PARTY: {
    means: "The ID token's azp is another client.",
    causes: ['The token was given to another client that shares the audience.', 'It has several audiences and names no authorized party.'],
    remedy: 'Use the token only at the client that got it; otherwise ask the operator of the server why azp is what it is.',
  },
  ID_TOKEN_EXPIRED: {
    means: 'The ID token has expired, or its exp is unusable.',
    causes: ['The clock of this machine is fast.', 'The token was kept and validated anew.'],
    remedy: 'Synchronize the clock (NTP), or start a new login. clockTolerance (seconds) allows for small differences.',
  },
  ID_TOKEN_NOT_BEFORE: {
    means: 'The ID token is not valid yet.',
    causes: ['The clock of this machine is slow, or that of the server is fast.'],
    remedy: 'Synchronize the clock (NTP), or raise clockTolerance (seconds) a little.',
  },
  ID_TOKEN_ISSUED_AT: {
    means: "The ID token's iat is missing, in the future, or too old.",
    causes: ['The clock of this machine is slow.', 'maxIdTokenAge is shorter than the way of the token.', 'The server leaves iat out.'],
    remedy: 'Synchronize the clock (NTP); raise maxIdTokenAge or clockTolerance (seconds) only if that does not help.',
  },
  ID_TOKEN_NONCE: {
    means: "The ID token's nonce is not the one that was sent.",
    causes: [
      'The token belongs to another login: it was replayed, or transactions were mixed up.',
      'The server does not repeat nonce, as it must.',
    ],
    remedy: 'Start a new login with a transaction of its own. If it never fits, report it to the people who run the server.',
  },
  ID_TOKEN_ACR: {
    means: "The ID token's acr is not one that was demanded.",
    causes: ['The user logged in more weakly than was asked for.', 'The server does not know the acr, or gives it another name.'],
    remedy: 'Send the user to a login with the acr_values that are needed, and compare them with acr_values_supported.',
  },
  ID_TOKEN_AUTH_TIME: {
    means: "The ID token's auth_time is missing, in the future, or too long ago.",
    causes: ['max_age was sent, and the server did not ask the user again.', 'The server leaves auth_time out though max_age demands it.'],
    remedy: 'Send the user to a login with prompt=login. If the server ignores max_age, report it to the people who run it.',
  },
  ID_TOKEN_HASH: {
    means: 'A hash in the ID token does not fit what came with it.',
    causes: [
      'The access token or code was swapped for another.',
      'The server computes at_hash over something else, as some do for EdDSA and ML-DSA.',
    ],
    remedy: "Discard the answer and start a new login. For a server that is known to hash wrongly give quirks: { atHash: 'ignore' }.",
  },
  ID_TOKEN_CONTINUITY: {
    means: 'The ID token is of another user, server, client or session than the one before it.',
    causes: ['A refresh answered with the tokens of another user.', 'Tokens of two users were mixed up in a store.'],
    remedy: 'End the session of the application and start a new login.',
  },
  // Keys and decryption
  KEY_SET_INVALID: {
    means: "The server's key set is malformed.",
    causes: ['jwks_uri leads to something else than a JWK set.', 'The set is empty where it had keys before.'],
    remedy: 'Open jwks_uri: an object with an array named keys is wanted. Report it to the people who run the server.',
  },
  DECRYPTION_FAILED: {
    means: 'An encrypted token cannot be opened with the keys of this client.',
    causes: ['The server encrypts to an older key, or to that of another client.', 'alg or enc is another one than the key was given for.'],
    remedy: 'Publish the present key to the server, and keep older keys in decryptWith until nothing is encrypted to them.',
  },
  // UserInfo, polling
  USERINFO_INVALID: {
    means: 'The UserInfo answer is malformed.',
    causes: [
      'It has no sub.',
      'The server serves an interface of its own at this address.',
      'It is signed and should not be, or the other way round.',
    ],
    remedy: 'Check userinfo_endpoint. An interface without sub is a protected resource: use fetchProtectedResource.',
  },
  USERINFO_SUBJECT: {
    means: 'The UserInfo answer is of another user.',
    causes: [
      'The access token was swapped for that of another user.',
      'Tokens of two users were mixed up in a store.',
      'The server gives another sub here than in the ID token.',
    ],
    remedy: 'Use nothing of the answer. Give the tokens of one login together.',
  },
  USERINFO_MALFORMED: {
    means: 'The UserInfo answer is registered as a JWT and is none.',
    causes: ['The server answers application/jwt with something else.', 'A proxy changed the body.'],
    remedy: 'Report it to the people who run the server.',
  },
  USERINFO_ENCRYPTION: {
    means: 'The UserInfo answer is encrypted and cannot be opened, or is not encrypted and should be.',
    causes: ['The option decrypt is missing.', 'userinfo_encrypted_response_alg of the client differs between here and the server.'],
    remedy: 'Give decrypt: decryptWith({ key, alg }), and register at the server what the client metadata say.',
  },
  USERINFO_CRITICAL: {
    means: 'The UserInfo answer has a critical header that is not understood.',
    causes: ['The server uses an extension of JWS that this library does not have.'],
    remedy: 'Have the server leave crit and b64 out.',
  },
  USERINFO_TYPE: {
    means: 'The JWT that came from UserInfo is of another kind.',
    causes: [
      'An ID token, a logout token or an access token was put in its place.',
      'The server sets a typ that belongs to another kind of token.',
    ],
    remedy: 'Use nothing of the answer, and report it to the people who run the server.',
  },
  USERINFO_ALGORITHM: {
    means: 'The UserInfo answer is signed with another algorithm than the registered one.',
    causes: ['userinfo_signed_response_alg differs between here and the server.', 'Somebody answers with alg none.'],
    remedy: 'Register the algorithm that the server really uses.',
  },
  USERINFO_KEY: {
    means: 'No key of the server fits the UserInfo answer.',
    causes: ['The server signs with a key that it does not publish.', 'The key set is of another server.'],
    remedy: 'Have the server publish the key at its jwks_uri.',
  },
  USERINFO_SIGNATURE: {
    means: 'The signature of the UserInfo answer is wrong.',
    causes: ['Somebody changed the answer.', 'The server published another key under the same kid.'],
    remedy: 'Use nothing of the answer.',
  },
  USERINFO_ISSUER: {
    means: 'The UserInfo answer is of another server, or does not say of which.',
    causes: ['The server leaves iss out, which a signed answer must have.', 'The answer is from another tenant.'],
    remedy: 'Use nothing of the answer, and report it to the people who run the server.',
  },
  USERINFO_AUDIENCE: {
    means: 'The UserInfo answer is not for this client alone, or does not say for whom.',
    causes: ['The server leaves aud out, which a signed answer must have.', 'The access token was issued to another client.'],
    remedy: 'Use nothing of the answer. Add further audiences that are yours to trustedAudiences.',
  },
  USERINFO_EXPIRED: {
    means: 'The UserInfo answer has expired.',
    causes: ['A cache between here and the server kept it.', 'The clock of this machine is ahead.'],
    remedy: 'Ask again, and set the clock of this machine right.',
  },
  USERINFO_NOT_BEFORE: {
    means: 'The UserInfo answer is not valid yet.',
    causes: ['The clock of this machine is behind.'],
    remedy: 'Set the clock of this machine right.',
  },
  USERINFO_ISSUED_AT: {
    means: 'The UserInfo answer was issued in the future.',
    causes: ['The clock of this machine is behind.'],
    remedy: 'Set the clock of this machine right.',
  },
  CLAIMS_INVALID: {
    means: 'Verified claims do not fit the schema that the application gave.',
    causes: ['The scope that brings a claim was not asked for.', 'The schema demands what the server leaves out or sends as another type.'],
    remedy: 'The message names the claims. Ask for them by scope or claims, or have the schema allow what the server sends.',
  },
  // Aggregated and distributed claims
  CLAIM_SOURCE_INVALID: {
    means: 'The sources of aggregated or distributed claims are not described as they must be.',
    causes: ['_claim_names names a source that _claim_sources does not have.', 'A source has neither a JWT nor an endpoint, or both.'],
    remedy: 'Report it to the people who run the server, or name the claims that are wanted, so that other sources are not looked at.',
  },
  CLAIM_SOURCE_MALFORMED: {
    means: 'A source of claims gave something that is no signed JWT.',
    causes: ['The endpoint of distributed claims answers with something else.', 'The JWT was cut off.'],
    remedy: 'Do without its claims, and report it to the people who run the source.',
  },
  CLAIM_SOURCE_ENCRYPTION: {
    means: 'A source of claims encrypts them.',
    causes: ['The source encrypts for another client, or for this one, which is not supported.'],
    remedy: 'Have the source sign its claims only.',
  },
  CLAIM_SOURCE_CRITICAL: {
    means: 'The JWT of a source of claims has a critical header that is not understood.',
    causes: ['The source uses an extension of JWS that this library does not have.'],
    remedy: 'Have the source leave crit and b64 out.',
  },
  CLAIM_SOURCE_TYPE: {
    means: 'The JWT that should hold claims is of another kind.',
    causes: ['An ID token, a logout token or an access token was put in its place.'],
    remedy: 'Use nothing of it, and report it to the people who run the server.',
  },
  CLAIM_SOURCE_ALGORITHM: {
    means: 'The JWT of a source of claims is not signed, or with an algorithm that proves nothing.',
    causes: ['The source does not sign (alg none).', 'It is authenticated with a secret, which this client does not share.'],
    remedy: 'Do without its claims: anybody may have made them.',
  },
  CLAIM_SOURCE_KEY: {
    means: 'No key of the issuer fits the JWT of a source of claims.',
    causes: ['The source signs with a key that it does not publish.'],
    remedy: 'Have the source publish the key at its jwks_uri.',
  },
  CLAIM_SOURCE_SIGNATURE: {
    means: 'The signature of the JWT of a source of claims is wrong.',
    causes: ['Somebody changed the claims.', 'The source published another key under the same kid.'],
    remedy: 'Use nothing of it.',
  },
  CLAIM_SOURCE_ISSUER: {
    means: 'Claims are stated by an issuer that is not allowed.',
    causes: ['The issuer is not in the option issuers.', 'It is spelled otherwise there.'],
    remedy: 'Do without its claims. If you trust it, add its issuer exactly as it is spelled in the JWT.',
  },
  CLAIM_SOURCE_AUDIENCE: {
    means: 'The JWT of a source of claims is for another client.',
    causes: ['The server passed on what was made for it alone.'],
    remedy: 'If that audience is yours, add it to trustedAudiences; have the source name this client, or nobody.',
  },
  CLAIM_SOURCE_EXPIRED: {
    means: 'The JWT of a source of claims has expired.',
    causes: ['The server keeps it longer than it is good for.', 'The clock of this machine is ahead.'],
    remedy: 'Ask for the claims again, and set the clock of this machine right.',
  },
  CLAIM_SOURCE_NOT_BEFORE: {
    means: 'The JWT of a source of claims is not valid yet.',
    causes: ['The clock of this machine is behind.'],
    remedy: 'Set the clock of this machine right.',
  },
  CLAIM_SOURCE_ISSUED_AT: {
    means: 'The JWT of a source of claims was issued in the future.',
    causes: ['The clock of this machine is behind.'],
    remedy: 'Set the clock of this machine right.',
  },
  // A login that somebody else asks for
  LOGIN_INITIATION_INVALID: {
    means: 'A request of a third party to begin a login cannot be read.',
    causes: ['It has no iss, or a parameter stands there twice.', 'It came by another method than GET or POST.'],
    remedy: 'Refuse it with status 400.',
  },
  LOGIN_INITIATION_ISSUER: {
    means: 'A request of a third party to begin a login names an issuer that is not allowed.',
    causes: [
      'Somebody tries to have users sign in at a server of theirs.',
      'The issuer is spelled otherwise in the list of the allowed ones.',
    ],
    remedy: 'Refuse it. If the server is yours, add its issuer exactly as the server spells it.',
  },
  LOGIN_INITIATION_TARGET: {
    means: 'A request of a third party to begin a login would send the user to a place of somebody else.',
    causes: ['target_link_uri is of another origin than the application.', 'It is no absolute URL.'],
    remedy: 'Refuse it, or begin the login without the target.',
  },
  POLL_EXPIRED: {
    means: 'Nobody answered before the request expired.',
    causes: ['The user did not confirm in time.', 'The process slept or was suspended meanwhile.'],
    remedy: 'Start the request again, and tell the user how much time there is (expires_in, in seconds).',
  },
} as const

/** A code of core. Extensions have tables of their own. */
export type ErrorCode = keyof typeof errorCodes
