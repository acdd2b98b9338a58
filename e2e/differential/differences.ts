// Every input that we and a peer judge differently, and why. The test fails for a difference that is not here, and for one that is here and no
// longer seen; docs/DIFFERENTIAL.md is made from this table.
import type { Part } from './cases.ts'
import type { Peer } from './clients.ts'

export interface Difference {
  /** `read`: both accept, and tell the application something else. */
  readonly stricter: 'we' | 'they' | 'read'
  readonly reason: string
  /** All of them, where none is named. */
  readonly peers?: readonly Peer[]
  readonly titles: readonly string[]
}

const unverified: readonly Peer[] = ['openid-client']
const verified: readonly Peer[] = ['openid-client with signature checks', 'oauth4webapi']
const withoutPages: readonly Peer[] = ['oauth4webapi']

export const differences: Readonly<Record<Part, readonly Difference[]>> = {
  'authorization response': [
    {
      stricter: 'we',
      reason:
        'A code is printable ASCII (RFC 6749, appendix A.11) of at most 2 kB: whatever else comes would travel into requests and logs.',
      titles: ['code is 3000 characters long', 'code holds CR and LF', 'code holds NUL', 'code is not ASCII'],
    },
    {
      stricter: 'we',
      reason: 'An error that is empty is still an answer that says error (RFC 6749, 4.1.2.1), and its code is not redeemed.',
      titles: ['error that is empty, beside a code'],
    },
    {
      stricter: 'we',
      reason:
        'Nobody asked for a token in the front channel, and anybody may have put it there (RFC 9700, 2.1.2 and 4.6). The peers drop it silently.',
      titles: ['access_token beside the code'],
    },
    {
      stricter: 'we',
      reason: 'A parameter must not appear twice (RFC 6749, 3.1), known or not: who reads the first and who reads the last would disagree.',
      titles: ['an unknown parameter twice'],
    },
    {
      stricter: 'we',
      reason: 'What comes through the browser is bounded: 64 kB a parameter, 100 parameters.',
      titles: ['a parameter of 1 MB', '200 parameters'],
    },
    {
      stricter: 'we',
      reason: 'A second code in the fragment makes two answers of one: the place that was asked for must be the only one.',
      titles: ['code in the query, another one in the fragment'],
    },
  ],
  'token response': [
    {
      stricter: 'we',
      reason: 'No proof of possession was offered, so the token cannot be used as it says (RFC 6749, 7.1). dpop() makes the type known.',
      titles: ['token_type is "DPoP"'],
    },
    {
      stricter: 'we',
      reason: 'Characters that RFC 6749, appendix A.12 and A.17, does not allow would reach an Authorization header or a store.',
      titles: ['access_token is "a b"', 'access_token is "å"', 'refresh_token is "a b"', 'refresh_token is "a\\nb"'],
    },
    {
      stricter: 'we',
      reason: 'A lifetime is digits (RFC 6749, appendix A.14); a number that is only begun like one is a guess.',
      titles: ['expires_in is "3600abc"', 'expires_in is " 3600"', 'expires_in is "1e3"'],
    },
    {
      stricter: 'they',
      reason:
        'JSON null is how some servers write that a member is absent; absent is what we take it for, and nothing is checked less for it.',
      titles: ['expires_in is null', 'scope is null'],
    },
    {
      stricter: 'read',
      reason: 'A lifetime is whole seconds, and at most ten years: a timer must not overflow.',
      titles: ['expires_in is 0.5', 'expires_in is 1000000000000000'],
    },
    {
      stricter: 'we',
      reason: 'An answer that says error is one, whatever its status and whatever stands beside it (RFC 6749, 5.2).',
      titles: ['error is "invalid_grant"', 'error is ""', 'error is 7'],
    },
    {
      stricter: 'we',
      reason: 'authorization_details are an array of objects (RFC 9396, 7), or what was granted is unknown.',
      titles: ['authorization_details is {}', 'authorization_details is "x"', 'authorization_details is ["x"]'],
    },
    {
      stricter: 'we',
      reason: 'Two readers of a document that names a member twice need not see the same one (RFC 8259, 4).',
      titles: ['the body has access_token twice', 'the body has an unknown member twice'],
    },
    {
      stricter: 'we',
      reason: 'JSON is UTF-8 (RFC 8259, 8.1); bytes that are none would be replaced, and two texts become one.',
      titles: ['the body is not UTF-8'],
    },
    {
      stricter: 'we',
      reason: 'Size, depth and compression of what a server sends are bounded: 1 MiB, 32 levels, one coding.',
      titles: [
        'the body has a member that is nested 40 levels deep',
        'the body says that it is compressed twice',
        'the body is 2 MiB long',
      ],
    },
    {
      stricter: 'we',
      reason: 'A token response is application/json (RFC 6749, 5.1). What says that it is a page comes from a proxy or a login form.',
      titles: [
        'the body is text/html that holds JSON',
        'the body is text/plain that holds JSON',
        'the body has no content type',
        'the body has two content types in one',
        'the body has a content type that only begins like JSON',
        'the body is application/problem+json',
      ],
    },
  ],
  'ID token': [
    {
      stricter: 'we',
      reason: 'sub is at most 255 characters (Core 2), and a lone surrogate has no one encoding: two users could become one in a database.',
      titles: ['sub is "sssssssssssssssssss… (258 characters)', 'sub is "\\ud800"'],
    },
    {
      stricter: 'we',
      reason: 'A time must be one that a date can hold (RFC 7519, 2): without that bound a token never expires.',
      titles: ['exp is 1e+300', 'it has an exp that is 1e999', 'iat is -1'],
    },
    {
      stricter: 'we',
      reason:
        'A token of the future, beyond the tolerance of 30 seconds, means a wrong clock or one that was made in store (Core 3.1.3.7, 10).',
      titles: ['iat is 1800000031', 'iat is 1800086400', 'auth_time is 1800086400', 'auth_time is a day ahead, and max_age was sent'],
    },
    {
      stricter: 'we',
      reason: 'azp names the party it was issued to (Core 2): another one must be allowed by name (quirks.allowedAuthorizedParties).',
      titles: ['azp is "client-2"', 'azp is ""', 'azp is null', 'azp is 7', 'azp is ["client-1"]'],
    },
    {
      stricter: 'we',
      reason: 'A further audience must be one that is trusted (Core 3.1.3.7, 3): the option trustedAudiences.',
      titles: ['azp is the client, and aud is it and another'],
    },
    {
      stricter: 'we',
      reason: 'A hash that is there is compared (Core 3.1.3.8), also in the code flow: it catches a swapped access token.',
      titles: ['at_hash is null', 'at_hash is ""', 'at_hash is "AAAAAAAAAAAAAAAAAAAAAA"', 'at_hash is 7'],
    },
    {
      stricter: 'we',
      reason: 'A token of another kind is no ID token, though the same key signed it (RFC 8725, 3.11 and 3.12).',
      titles: [
        'header member typ is "at+jwt"',
        'header member typ is "application/at+jwt"',
        'header member typ is "logout+jwt"',
        'header member typ is "dpop+jwt"',
        'header member typ is "secevent+jwt"',
        'header member typ is 7',
        'header member typ is null',
      ],
    },
    {
      stricter: 'we',
      reason: 'b64 changes what is signed and must be critical (RFC 7797, 6); a JWT may not use it at all (RFC 7797, 7).',
      titles: ['header member b64 is true', 'header member b64 is false'],
    },
    {
      stricter: 'we',
      peers: unverified,
      reason: 'openid-client trusts TLS for the signature unless asked (Core 3.1.3.7, 6 allows it). We always verify.',
      titles: [
        'header member kid is "key-9"',
        'header member kid is 7',
        'header member kid is null',
        'header member kid is ""',
        'it is signed by another key under the same kid',
        'it has an empty signature',
        'it is signed by the key in its own header',
        'it has its signature in DER',
        'it has a signature of zeros',
      ],
    },
    {
      stricter: 'we',
      reason:
        'A JWT has one spelling: base64url without padding, white space or stray bits (RFC 7515, 2). A list of used tokens can rely on it.',
      titles: [
        'it has padding behind its signature',
        'it has stray bits at the end of its signature',
        'it has its signature in the other base64 alphabet',
        'it has a line feed inside its signature',
        'it has a line feed behind it',
      ],
    },
    {
      stricter: 'we',
      reason: 'A header or claim that appears twice is refused (RFC 7515, 4; RFC 7519, 4): who reads the first would see another user.',
      titles: ['it has alg twice in its header', 'it has sub twice'],
    },
    {
      stricter: 'we',
      reason: 'Size and depth are bounded: 64 kB, 32 levels.',
      titles: ['it has a claim nested 40 levels deep', 'it is 100 kB long'],
    },
    {
      stricter: 'read',
      reason: 'A member named __proto__ is dropped: an application that merges claims must not inherit it.',
      titles: ['it has a claim __proto__'],
    },
  ],
  metadata: [
    {
      stricter: 'we',
      reason: 'An endpoint has no fragment (RFC 6749, 3.2), and what platforms would repair or read differently is no address.',
      titles: [
        'token_endpoint is "https://as.example/token#x"',
        'token_endpoint is "https://as.example/t\\noken"',
        'token_endpoint is "https:\\\\\\\\as.example\\\\token"',
        'token_endpoint is "https://as.example:0/token"',
      ],
    },
    {
      stricter: 'we',
      reason:
        'Every endpoint is checked when the document is read, not when it is first used: an address that is not https is never stored.',
      titles: ['revocation_endpoint is "javascript:alert(1)"', 'revocation_endpoint is "http://as.example/revoke"'],
    },
    {
      stricter: 'we',
      peers: withoutPages,
      reason: 'The same; oauth4webapi leaves the authorization URL to the application.',
      titles: [
        'authorization_endpoint is ""',
        'authorization_endpoint is "token"',
        'authorization_endpoint is "/token"',
        'authorization_endpoint is "http://as.example/x"',
        'authorization_endpoint is "http://localhost/x"',
        'authorization_endpoint is "javascript:alert(1)"',
        'authorization_endpoint is "data:text/plain,x"',
        'authorization_endpoint is 7',
        'authorization_endpoint is null',
        'authorization_endpoint is ["https://as.example/x"]',
      ],
    },
    {
      stricter: 'we',
      peers: unverified,
      reason: 'Without a usable key set no signature can be verified; openid-client does not look at it unless asked.',
      titles: [
        'jwks_uri is missing',
        'jwks_uri is null',
        'jwks_uri is ""',
        'jwks_uri is "token"',
        'jwks_uri is "/token"',
        'jwks_uri is "javascript:alert(1)"',
        'jwks_uri is "data:text/plain,x"',
        'jwks_uri is 7',
        'jwks_uri is ["https://as.example/x"]',
        'jwks_uri is "http://as.example/x"',
        'jwks_uri is "http://localhost/x"',
      ],
    },
    {
      stricter: 'we',
      reason: 'A switch that is no boolean is refused: to take it for false could loosen a check.',
      titles: ['authorization_response_iss_parameter_supported is "true"', 'require_pushed_authorization_requests is "true"'],
    },
    {
      stricter: 'we',
      reason: 'The server demands pushed requests (RFC 9126, 5), and this client has no par(): it is told when the client is made.',
      titles: ['require_pushed_authorization_requests is true'],
    },
    {
      stricter: 'we',
      reason: 'Two readers of a document that names a member twice need not see the same issuer (RFC 8259, 4).',
      titles: ['the document has issuer twice'],
    },
    {
      stricter: 'we',
      reason: 'Size and depth are bounded: 1 MiB, 32 levels.',
      titles: ['the document is nested 40 levels deep', 'the document is 2 MiB long'],
    },
    {
      stricter: 'we',
      reason: 'Metadata is application/json (RFC 8414, 3.2).',
      titles: ['the document is text/html that holds JSON', 'the document has no content type'],
    },
  ],
  'key set': [
    {
      stricter: 'we',
      peers: unverified,
      reason: 'openid-client does not fetch the key set unless asked, so nothing in it matters.',
      titles: [
        'kid of the key is "key-9"',
        'kid of the key is 7',
        'alg of the key is "ES384"',
        'alg of the key is "RS256"',
        'alg of the key is "none"',
        'alg of the key is 7',
        'use of the key is "enc"',
        'use of the key is "sig "',
        'use of the key is 7',
        'key_ops of the key is ["sign"]',
        'key_ops of the key is []',
        'kty of the key is missing',
        'kty of the key is "RSA"',
        'kty of the key is "oct"',
        'kty of the key is "ec"',
        'crv of the key is missing',
        'crv of the key is "P-384"',
        'crv of the key is "secp256k1"',
        'x of the key is missing',
        'x of the key is "AA"',
        'x of the key is "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"',
        'x of the key is 7',
        'd of the key is "AAAA"',
        'keys is empty',
        'the key is there with its private part',
        'keys is missing',
        'keys is an object',
        'the set is an array',
        'the set is null',
        'the set is a redirect (302)',
        'the set comes with status 201',
        'the set comes with status 404',
      ],
    },
    {
      stricter: 'we',
      reason: 'key_ops is an array (RFC 7517, 4.3); a string that holds the word is not.',
      titles: ['key_ops of the key is "verify"'],
    },
    {
      stricter: 'we',
      reason: 'At most 100 keys are looked at, and 1 MiB is read.',
      titles: ['the set holds 150 other keys in front', 'the set is 2 MiB long'],
    },
    {
      stricter: 'we',
      reason: 'A key set is application/jwk-set+json or application/json (RFC 7517, 8.5).',
      titles: ['the set is text/plain', 'the set has no content type'],
    },
    {
      stricter: 'we',
      reason: 'Two readers of a set that names keys twice need not see the same ones (RFC 8259, 4).',
      titles: ['the set has keys twice'],
    },
    {
      stricter: 'they',
      peers: verified,
      reason:
        'A key need not have a kid (RFC 7517, 4.5), and servers have published such: up to four of them are tried once the set was fetched anew without finding the named one. The signature decides.',
      titles: ['kid of the key is missing'],
    },
    {
      stricter: 'they',
      peers: verified,
      reason:
        'What is no key is passed over (RFC 7517, 5). The signature still needs a key of the set, so nothing forged passes, and one bad entry does not stop all logins.',
      titles: ['the set holds null beside the key', 'the set holds a string beside the key'],
    },
    {
      stricter: 'they',
      peers: verified,
      reason:
        'Where several keys fit the header, at most four are tried: servers that rotate without a kid, or reuse one, keep working, and each key tried is of this server.',
      titles: [
        'the set holds a broken key of the same kid beside the key',
        'the set holds another key of the same kid in front',
        'the set holds another key of the same kid behind',
        'the token has no kid, and the set two keys',
      ],
    },
  ],
  UserInfo: [
    {
      stricter: 'we',
      reason: 'An answer that says error is one, whatever its status (Core 5.3.3).',
      titles: ['error is "invalid_token"', 'error is ""'],
    },
    {
      stricter: 'we',
      reason: 'Two readers of an answer that names sub twice need not see the same user (RFC 8259, 4).',
      titles: ['the answer has sub twice'],
    },
    {
      stricter: 'we',
      reason: 'Size and depth are bounded: 1 MiB, 32 levels.',
      titles: ['the answer is nested 40 levels deep', 'the answer is 2 MiB long'],
    },
    {
      stricter: 'we',
      reason: 'UserInfo is application/json, or application/jwt where that was registered (Core 5.3.2).',
      titles: ['the answer is text/html that holds JSON', 'the answer is text/plain that holds JSON', 'the answer has no content type'],
    },
    {
      stricter: 'they',
      reason:
        'A challenge in a successful answer only says that other credentials might change it (RFC 9110, 11.6.1); the answer itself passes every check.',
      titles: ['the answer comes with a challenge, though it succeeded'],
    },
    {
      stricter: 'read',
      reason: 'A member named __proto__ is dropped: an application that merges claims must not inherit it.',
      titles: ['the answer has a member __proto__'],
    },
  ],
}
