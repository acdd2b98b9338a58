// The inputs of the comparison, made from tables: an honest login with one thing changed.
import { type Case, client_id, issuer, json, redirect_uri, segment, signAs, time } from './world.ts'

export const parts = ['authorization response', 'token response', 'ID token', 'metadata', 'key set', 'UserInfo'] as const
export type Part = (typeof parts)[number]

type Named<T> = Readonly<Record<string, T>>

const shown = (value: unknown) => {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 20)}… (${text.length} characters)` : text
}
const without = (members: Named<unknown>, name: string) => Object.fromEntries(Object.entries(members).filter(([key]) => key !== name))
const put = (members: Named<unknown>, name: string, value: unknown) =>
  value === undefined ? without(members, name) : { ...members, [name]: value }
/** The same object as text, with something written in front of its closing brace or behind its opening one. */
const textWith = (value: unknown, text: string, at: 'first' | 'last' = 'last') => {
  const whole = JSON.stringify(value)
  return at === 'last' ? `${whole.slice(0, -1)},${text}}` : `{${text},${whole.slice(1)}`
}
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
const utf16 = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value), 'utf16le'))
const named = (table: Named<Omit<Case, 'title'>>): readonly Case[] => Object.entries(table).map(([title, one]) => ({ title, ...one }))

function changedCallback(change: (parameters: URLSearchParams) => void): Omit<Case, 'title'> {
  return {
    callback(honest) {
      change(honest)
      return honest
    },
  }
}
const withCallback = (name: string, value: string | undefined) =>
  changedCallback((parameters) => (value === undefined ? parameters.delete(name) : parameters.set(name, value)))
const andCallback = (name: string, value: string) => changedCallback((parameters) => parameters.append(name, value))
const asError = (more: Named<string>, left: readonly string[] = []) =>
  changedCallback((parameters) => {
    for (const name of ['code', ...left]) parameters.delete(name)
    for (const [name, value] of Object.entries({ error: 'access_denied', ...more })) parameters.set(name, value)
  })
const notAdvertised = { metadata: (honest: Named<unknown>) => without(honest, 'authorization_response_iss_parameter_supported') }

const authorizationResponses = named({
  'as it should be': {},
  'state is missing': withCallback('state', undefined),
  'state is another': withCallback('state', 'another'),
  'state is empty': withCallback('state', ''),
  'state appears twice': { callback: (honest, { state }) => new URLSearchParams([...honest, ['state', state]]) },
  'state is written in capitals as a name': {
    callback: (_, { state }) => new URLSearchParams({ code: 'code-1', STATE: state, iss: issuer }),
  },
  'code is missing': withCallback('code', undefined),
  'code is empty': withCallback('code', ''),
  'code appears twice': andCallback('code', 'code-2'),
  'code is 3000 characters long': withCallback('code', 'c'.repeat(3000)),
  'code holds CR and LF': withCallback('code', 'code\r\nSet-Cookie: a=b'),
  'code holds NUL': withCallback('code', 'code\0'),
  'code is not ASCII': withCallback('code', 'cödé'),
  'code holds a space': withCallback('code', 'code 1'),
  'iss is missing, and was promised': withCallback('iss', undefined),
  'iss is missing, and was not promised': { ...withCallback('iss', undefined), ...notAdvertised },
  'iss is there, and was not promised': notAdvertised,
  'iss is another, and was not promised': { ...withCallback('iss', 'https://evil.example'), ...notAdvertised },
  'iss is another': withCallback('iss', 'https://evil.example'),
  'iss ends in a slash': withCallback('iss', `${issuer}/`),
  'iss is in capitals': withCallback('iss', issuer.toUpperCase()),
  'iss is empty': withCallback('iss', ''),
  'iss appears twice': andCallback('iss', issuer),
  'error with its state': asError({}),
  'error without state': asError({}, ['state']),
  'error with another iss': asError({ iss: 'https://evil.example' }),
  'error without iss': asError({}, ['iss']),
  'error beside a code': andCallback('error', 'access_denied'),
  'error that is empty, beside a code': andCallback('error', ''),
  'error appears twice': changedCallback((parameters) => {
    parameters.delete('code')
    parameters.append('error', 'access_denied')
    parameters.append('error', 'login_required')
  }),
  'error_description without error': andCallback('error_description', 'so be it'),
  'access_token beside the code': andCallback('access_token', 'token-of-nobody'),
  'id_token beside the code': andCallback('id_token', `${segment({ alg: 'none' })}.${segment({ sub: 'user-1' })}.`),
  'response beside the code': andCallback('response', 'a.b.c'),
  'token_type beside the code': andCallback('token_type', 'Bearer'),
  'an unknown parameter': andCallback('session_state', 'x'),
  'an unknown parameter twice': changedCallback((parameters) => {
    parameters.append('session_state', 'x')
    parameters.append('session_state', 'y')
  }),
  'a parameter named __proto__': andCallback('__proto__', 'x'),
  'a parameter of 1 MB': andCallback('session_state', 'x'.repeat(1 << 20)),
  '200 parameters': changedCallback((parameters) => {
    for (let i = 0; i < 200; i++) parameters.append(`p${i}`, '')
  }),
  'all of it in the fragment': { callback: (honest) => new URL(`${redirect_uri}#${honest}`) },
  'an empty query': { callback: () => new URL(redirect_uri) },
  'code in the query, another one in the fragment': { callback: (honest) => new URL(`${redirect_uri}?${honest}#code=code-2`) },
  'a fragment of another kind behind it': { callback: (honest) => new URL(`${redirect_uri}?${honest}#_=_`) },
})

const tokenMembers: Named<readonly unknown[]> = {
  token_type: [undefined, 'bearer', 'BEARER', 'mac', 'DPoP', 'N_A', '__proto__', 'constructor', '', 0, null, ['Bearer']],
  access_token: [undefined, '', 7, null, {}, ['a'], 'a b', 'a\r\nb', 'å', 'a\u0000', 'a'.repeat(20_000)],
  expires_in: [undefined, 0, -1, 0.5, 1e15, null, {}, true, '3600', '3600abc', ' 3600', '-1', '1e3', ''],
  refresh_token: ['r', '', 7, null, {}, 'a b', 'a\nb'],
  scope: ['openid', 'openid admin', '', 7, null, ['openid'], {}],
  id_token: [undefined, null, '', 7, {}, [], 'a', 'a.b', 'a.b.c', 'a.b.c.d', 'a.b.c.d.e'],
  error: ['invalid_grant', '', null, 7],
  authorization_details: [[], [{ type: 'x' }], {}, 'x', ['x']],
  unknown: [{ a: [1] }],
}

const tokenBodies: Named<(honest: unknown) => Response> = {
  'is null': () => json('null'),
  'is an array': (honest) => json(JSON.stringify([honest])),
  'is a string': () => json('"access_token"'),
  'is empty': () => json(''),
  'breaks off': (honest) => json(JSON.stringify(honest).slice(0, -1)),
  'goes on behind its end': (honest) => json(`${JSON.stringify(honest)}}`),
  'has white space around it': (honest) => json(`\n ${JSON.stringify(honest)}\t`),
  'has access_token twice': (honest) => json(textWith(honest, '"access_token":"another"')),
  'has an unknown member twice': (honest) => json(textWith(honest, '"x":1,"\\u0078":2')),
  'has a member __proto__': (honest) => json(textWith(honest, '"__proto__":{"scope":"admin"}')),
  'has a member that is nested 40 levels deep': (honest) => json(JSON.stringify({ ...(honest as object), deep: nested(40) })),
  'has a byte order mark': (honest) => json(`\ufeff${JSON.stringify(honest)}`),
  'is UTF-16': (honest) => json(utf16(honest), { type: 'application/json; charset=utf-16' }),
  'is not UTF-8': (honest) => json(new Uint8Array([...Buffer.from(textWith(honest, '"x":"')).subarray(0, -1), 0xff, 0x22, 0x7d])),
  'is 2 MiB long': (honest) => json(JSON.stringify({ ...(honest as object), x: 'x'.repeat(2 << 20) })),
  'is a form': () => json('access_token=a&token_type=bearer', { type: 'application/x-www-form-urlencoded' }),
  'is text/html that holds JSON': (honest) => json(JSON.stringify(honest), { type: 'text/html' }),
  'is text/plain that holds JSON': (honest) => json(JSON.stringify(honest), { type: 'text/plain' }),
  'has no content type': (honest) => json(new Uint8Array(Buffer.from(JSON.stringify(honest))), { type: null }),
  'has its content type in capitals, with a charset': (honest) => json(JSON.stringify(honest), { type: 'Application/JSON; charset=UTF-8' }),
  'has two content types in one': (honest) => json(JSON.stringify(honest), { type: 'application/json, text/html' }),
  'has a content type that only begins like JSON': (honest) => json(JSON.stringify(honest), { type: 'application/json5' }),
  'is application/problem+json': (honest) => json(JSON.stringify(honest), { type: 'application/problem+json' }),
  'says that it is compressed twice': (honest) => json(JSON.stringify(honest), { headers: { 'content-encoding': 'gzip, gzip' } }),
  'comes with status 201': (honest) => json(JSON.stringify(honest), { status: 201 }),
  'comes with status 203': (honest) => json(JSON.stringify(honest), { status: 203 }),
  'is missing, with status 204': () => json(null, { status: 204 }),
  'is a redirect (302)': () => json(null, { status: 302, headers: { location: `${issuer}/elsewhere` } }),
  'is a redirect (307)': () => json(null, { status: 307, headers: { location: `${issuer}/elsewhere` } }),
  'is an OAuth error': () => json('{"error":"invalid_grant"}', { status: 400 }),
  'is an OAuth error that is no string': () => json('{"error":{"code":7}}', { status: 400 }),
  'is an OAuth error as HTML': () => json('<h1>no</h1>', { status: 400, type: 'text/html' }),
  'comes with status 400, though it holds tokens': (honest) => json(JSON.stringify(honest), { status: 400 }),
  'comes with status 500': (honest) => json(JSON.stringify(honest), { status: 500 }),
  'comes with a challenge': (honest) => json(JSON.stringify(honest), { headers: { 'www-authenticate': 'Basic realm="x"' } }),
  'comes with a cookie': (honest) => json(JSON.stringify(honest), { headers: { 'set-cookie': 'a=b' } }),
}

const tokenResponses: readonly Case[] = [
  ...Object.entries(tokenMembers).flatMap(([name, values]) =>
    values.map((value): Case => ({ title: `${name} is ${shown(value)}`, tokens: (honest) => put(honest, name, value) })),
  ),
  ...Object.entries(tokenBodies).map(([title, make]): Case => ({ title: `the body ${title}`, tokens: make })),
]

const claimValues: Named<readonly unknown[]> = {
  iss: [undefined, '', 'https://evil.example', `${issuer}/`, [issuer], null],
  sub: [undefined, '', null, 7, {}, ['user-1'], 'another', 's'.repeat(255), 's'.repeat(256), 'bénoît', 'a\u0000b', '\ud800'],
  aud: [undefined, '', [], {}, null, 'client-2', [client_id], [[client_id]], [client_id, 'client-2'], [client_id, 7], ['client-2']],
  exp: [undefined, 0, null, String(time + 300), time - 29, time - 30, time - 31, time - 3600, -1, time + 0.5, 1e300, true],
  iat: [undefined, null, String(time), time + 29, time + 31, time + 86_400, 0, -1, time - 0.5],
  nbf: [null, String(time), time + 29, time + 31, 0],
  nonce: [undefined, null, '', 'another', 7, {}],
  azp: [client_id, 'client-2', '', null, 7, [client_id]],
  acr: ['gold', 7, null],
  amr: [['pwd'], 'pwd'],
  auth_time: [time, null, 'now', time + 86_400, -1],
  at_hash: [null, '', 'AAAAAAAAAAAAAAAAAAAAAA', 7],
  email_verified: ['true'],
  unknown: [{ deep: true }],
}

const headerValues: Named<readonly unknown[]> = {
  alg: [undefined, 'none', 'NONE', 'es256', 'ES256 ', 'RS256', 'HS256', ['ES256'], null, 7],
  kid: [undefined, 'key-9', 7, null, ''],
  typ: ['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', 'something', 7, null],
  crit: [[], ['exp'], ['alg'], ['b64'], 'exp', null],
  b64: [true, false],
  jwk: [{ kty: 'oct', k: 'AAAA' }],
  jku: ['https://evil.example/jwks'],
  x5u: ['https://evil.example/cert'],
  cty: ['JWT'],
  unknown: [1],
}

const oddTokens: Named<NonNullable<Case['idToken']>> = {
  'is signed by another key under the same kid': ({ header, claims, keys }) => signAs(keys.other.privateKey, header, claims),
  'is not signed (alg none)': ({ claims }) => `${segment({ alg: 'none' })}.${segment(claims)}.`,
  'has an empty signature': ({ header, claims }) => `${segment(header)}.${segment(claims)}.`,
  'is signed with HMAC under the public key': async ({ header, claims, keys }) => {
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', keys.signing.publicKey)).toString('base64')
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`
    const input = `${segment({ ...header, alg: 'HS256' })}.${segment(claims)}`
    const key = await crypto.subtle.importKey('raw', Buffer.from(pem), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    return `${input}.${Buffer.from(await crypto.subtle.sign('HMAC', key, Buffer.from(input))).toString('base64url')}`
  },
  'is signed by the key in its own header': async ({ header, claims, keys }) =>
    signAs(keys.other.privateKey, { ...header, jwk: keys.otherJwk }, claims),
  'has its signature in DER': async ({ header, claims, sign }) => {
    const [head, payload, signature = ''] = (await sign(header, claims)).split('.')
    const raw = Buffer.from(signature, 'base64url')
    const integer = (bytes: Buffer) => {
      const whole = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
      return Buffer.concat([Buffer.of(2, whole.length), whole])
    }
    const both = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
    return `${head}.${payload}.${Buffer.concat([Buffer.of(0x30, both.length), both]).toString('base64url')}`
  },
  'has a signature of zeros': ({ header, claims }) => `${segment(header)}.${segment(claims)}.${Buffer.alloc(64).toString('base64url')}`,
  'has padding behind its signature': async ({ header, claims, sign }) => `${await sign(header, claims)}==`,
  'has stray bits at the end of its signature': async ({ header, claims, sign }) => {
    const token = await sign(header, claims)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) + 1]
  },
  'has its signature in the other base64 alphabet': async ({ header, claims, sign }) => {
    for (;;) {
      const [head, payload, signature = ''] = (await sign(header, claims)).split('.')
      if (/[-_]/.test(signature)) return `${head}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`
    }
  },
  'has a line feed inside its signature': async ({ header, claims, sign }) => (await sign(header, claims)).replace(/.{9}$/, '\n$&'),
  'has a line feed behind it': async ({ header, claims, sign }) => `${await sign(header, claims)}\n`,
  'has a fourth segment': async ({ header, claims, sign }) => `${await sign(header, claims)}.x`,
  'has its payload changed': async ({ header, claims, sign }) => {
    const [head, , signature] = (await sign(header, claims)).split('.')
    return `${head}.${segment({ ...claims, sub: 'admin' })}.${signature}`
  },
  'has alg twice in its header': ({ header, claims, sign }) => sign(textWith(header, '"alg":"none"', 'first'), claims),
  'has sub twice': ({ header, claims, sign }) => sign(header, textWith(claims, '"sub":"admin"', 'first')),
  'has a claim __proto__': ({ header, claims, sign }) => sign(header, textWith(claims, '"__proto__":{"sub":"admin"}')),
  'has a header that is an array': ({ claims, sign }) => sign('[]', claims),
  'has a header that is not JSON': ({ claims, sign }) => sign('{', claims),
  'has a payload that is an array': ({ header, sign }) => sign(header, '[]'),
  'has a payload that is null': ({ header, sign }) => sign(header, 'null'),
  'has a payload that is not JSON': ({ header, claims, sign }) => sign(header, `${JSON.stringify(claims)}}`),
  'has an exp that is 1e999': ({ header, claims, sign }) => sign(header, textWith(without(claims, 'exp'), '"exp":1e999')),
  'has a byte order mark in its payload': ({ header, claims, sign }) => sign(header, `\ufeff${JSON.stringify(claims)}`),
  'has a claim nested 40 levels deep': ({ header, claims, sign }) => sign(header, { ...claims, deep: nested(40) }),
  'is 100 kB long': ({ header, claims, sign }) => sign(header, { ...claims, x: 'x'.repeat(75_000) }),
  'is 50 kB long': ({ header, claims, sign }) => sign(header, { ...claims, x: 'x'.repeat(30_000) }),
  'has its claims as JSON with white space': ({ header, claims, sign }) => sign(header, JSON.stringify(claims, null, 2)),
}

const idTokens: readonly Case[] = [
  ...Object.entries(claimValues).flatMap(([name, values]) =>
    values.map((value): Case => ({ title: `${name} is ${shown(value)}`, claims: (honest) => put(honest, name, value) })),
  ),
  ...Object.entries(headerValues).flatMap(([name, values]) =>
    values.map((value): Case => ({ title: `header member ${name} is ${shown(value)}`, header: (honest) => put(honest, name, value) })),
  ),
  ...Object.entries(oddTokens).map(([title, idToken]): Case => ({ title: `it ${title}`, idToken })),
  ...named({
    'azp is the client, and aud is it and another': {
      claims: (honest) => ({ ...honest, aud: [client_id, 'client-2'], azp: client_id }),
    },
    'azp is another client, and aud is both': { claims: (honest) => ({ ...honest, aud: [client_id, 'client-2'], azp: 'client-2' }) },
    'auth_time is missing, and max_age was sent': { max_age: 60 },
    'auth_time is within max_age': { max_age: 60, claims: (honest) => ({ ...honest, auth_time: time - 60 }) },
    'auth_time is beyond max_age': { max_age: 60, claims: (honest) => ({ ...honest, auth_time: time - 3600 }) },
    'auth_time is a string, and max_age was sent': { max_age: 60, claims: (honest) => ({ ...honest, auth_time: String(time) }) },
    'auth_time is a day ahead, and max_age was sent': { max_age: 60, claims: (honest) => ({ ...honest, auth_time: time + 86_400 }) },
  }),
]

const urls = [
  '',
  'token',
  '/token',
  'http://as.example/x',
  'http://localhost/x',
  'javascript:alert(1)',
  'data:text/plain,x',
  7,
  null,
  [`${issuer}/x`],
]

const metadataMembers: Named<readonly unknown[]> = {
  issuer: [
    undefined,
    '',
    7,
    [issuer],
    null,
    `${issuer}/`,
    'https://AS.example',
    'https://as.example:443',
    'https://evil.example',
    'https://u:p@as.example',
  ],
  token_endpoint: [
    undefined,
    ...urls,
    'https://as.example/token#x',
    'https://u:p@as.example/token',
    'https://as.example/t\noken',
    'https:\\\\as.example\\token',
    'https://as.example:0/token',
  ],
  authorization_endpoint: urls,
  jwks_uri: [undefined, ...urls],
  userinfo_endpoint: ['http://as.example/userinfo', 'file:///userinfo'],
  revocation_endpoint: ['http://as.example/revoke', 'javascript:alert(1)'],
  id_token_signing_alg_values_supported: [undefined, [], ['none'], ['ES256', 'none'], ['RS256'], 'ES256', ['HS256', 'ES256'], [7], null],
  code_challenge_methods_supported: [undefined, ['plain'], [], 'S256', null],
  authorization_response_iss_parameter_supported: [false, 'true', null],
  require_pushed_authorization_requests: [true, 'true'],
  response_types_supported: [undefined, 'code', ['id_token']],
  signed_metadata: ['a.b.c'],
  unknown: [{ a: 1 }],
}

const metadataBodies: Named<(honest: unknown) => Response> = {
  'is null': () => json('null'),
  'is an array': (honest) => json(JSON.stringify([honest])),
  'is empty': () => json(''),
  'has issuer twice': (honest) => json(textWith(honest, '"issuer":"https://evil.example"', 'first')),
  'has a member __proto__': (honest) => json(textWith(honest, '"__proto__":{"token_endpoint":"https://evil.example"}')),
  'has a byte order mark': (honest) => json(`\ufeff${JSON.stringify(honest)}`),
  'is UTF-16': (honest) => json(utf16(honest)),
  'is 2 MiB long': (honest) => json(JSON.stringify({ ...(honest as object), x: 'x'.repeat(2 << 20) })),
  'is nested 40 levels deep': (honest) => json(JSON.stringify({ ...(honest as object), x: nested(40) })),
  'is text/html that holds JSON': (honest) => json(JSON.stringify(honest), { type: 'text/html' }),
  'has no content type': (honest) => json(new Uint8Array(Buffer.from(JSON.stringify(honest))), { type: null }),
  'is a redirect (302)': () => json(null, { status: 302, headers: { location: 'https://evil.example' } }),
  'comes with status 201': (honest) => json(JSON.stringify(honest), { status: 201 }),
  'comes with status 500': (honest) => json(JSON.stringify(honest), { status: 500 }),
}

const metadataDocuments: readonly Case[] = [
  ...Object.entries(metadataMembers).flatMap(([name, values]) =>
    values.map((value): Case => ({ title: `${name} is ${shown(value)}`, metadata: (honest) => put(honest, name, value) })),
  ),
  ...Object.entries(metadataBodies).map(([title, make]): Case => ({ title: `the document ${title}`, metadata: make })),
]

const keyMembers: Named<readonly unknown[]> = {
  kid: [undefined, 'key-9', 7],
  alg: [undefined, 'ES384', 'RS256', 'none', 7],
  use: [undefined, 'enc', 'sig ', 7],
  key_ops: [['verify'], ['sign'], [], 'verify', ['verify', 'sign']],
  kty: [undefined, 'RSA', 'oct', 'ec'],
  crv: [undefined, 'P-384', 'secp256k1'],
  x: [undefined, 'AA', 'A'.repeat(43), 7],
  x5c: [['bm90IGEgY2VydGlmaWNhdGU=']],
  d: ['AAAA'],
  unknown: [1],
}

const keySets: readonly Case[] = [
  ...Object.entries(keyMembers).flatMap(([name, values]) =>
    values.map(
      (value): Case => ({
        title: `${name} of the key is ${shown(value)}`,
        keySet: ([key]) => ({ keys: [put(key as Named<unknown>, name, value)] }),
      }),
    ),
  ),
  ...named({
    'keys is empty': { keySet: () => ({ keys: [] }) },
    'keys is missing': { keySet: () => ({}) },
    'keys is an object': { keySet: ([key]) => ({ keys: { 0: key } }) },
    'the set is an array': { keySet: (keys) => keys },
    'the set is null': { keySet: () => json('null') },
    'the set holds null beside the key': { keySet: ([key]) => ({ keys: [null, key] }) },
    'the set holds a string beside the key': { keySet: ([key]) => ({ keys: ['key', key] }) },
    'the set holds a key of unknown kty beside the key': { keySet: ([key]) => ({ keys: [{ kty: 'FUTURE', kid: 'key-1' }, key] }) },
    'the set holds a broken key of the same kid beside the key': {
      keySet: ([key]) => ({ keys: [{ ...key, x: 'AA' }, key] }),
    },
    'the set holds another key of the same kid in front': {
      keySet: ([key], { otherJwk }) => ({ keys: [{ ...otherJwk, kid: 'key-1' }, key] }),
    },
    'the set holds another key of the same kid behind': {
      keySet: ([key], { otherJwk }) => ({ keys: [key, { ...otherJwk, kid: 'key-1' }] }),
    },
    'the token has no kid, and the set one key': { header: (honest) => without(honest, 'kid') },
    'the token has no kid, and the set two keys': {
      header: (honest) => without(honest, 'kid'),
      keySet: ([key], { otherJwk }) => ({ keys: [otherJwk, key] }),
    },
    'the token has no kid, and the set one key of its kind': {
      header: (honest) => without(honest, 'kid'),
      keySet: ([key], { rsaJwk }) => ({ keys: [rsaJwk, key] }),
    },
    'the key is there with its private part': { keySet: (_, { privateJwk }) => ({ keys: [privateJwk] }) },
    'the set holds the private part of another key': {
      keySet: ([key], { privateJwk }) => ({ keys: [{ ...privateJwk, kid: 'key-9' }, key] }),
    },
    'the set holds 150 other keys in front': {
      keySet: ([key], { otherJwk }) => ({ keys: [...Array.from({ length: 150 }, (_, i) => ({ ...otherJwk, kid: `other-${i}` })), key] }),
    },
    'the set holds 150 other keys behind': {
      keySet: ([key], { otherJwk }) => ({ keys: [key, ...Array.from({ length: 150 }, (_, i) => ({ ...otherJwk, kid: `other-${i}` }))] }),
    },
    'the set is application/jwk-set+json': {
      keySet: (keys) => json(JSON.stringify({ keys }), { type: 'application/jwk-set+json' }),
    },
    'the set is text/plain': { keySet: (keys) => json(JSON.stringify({ keys }), { type: 'text/plain' }) },
    'the set has no content type': {
      keySet: (keys) => json(new Uint8Array(Buffer.from(JSON.stringify({ keys }))), { type: null }),
    },
    'the set has keys twice': { keySet: (keys) => json(textWith({ keys }, '"keys":[]', 'first')) },
    'the set is 2 MiB long': { keySet: (keys) => ({ keys, x: 'x'.repeat(2 << 20) }) },
    'the set is a redirect (302)': { keySet: () => json(null, { status: 302, headers: { location: `${issuer}/elsewhere` } }) },
    'the set comes with status 201': { keySet: (keys) => json(JSON.stringify({ keys }), { status: 201 }) },
    'the set comes with status 404': { keySet: (keys) => json(JSON.stringify({ keys }), { status: 404 }) },
  }),
]

const userInfoBodies: Named<(honest: unknown) => Response> = {
  'is null': () => json('null'),
  'is an array': (honest) => json(JSON.stringify([honest])),
  'is empty': () => json(''),
  'is not JSON': () => json('<h1>Ada</h1>'),
  'has sub twice': (honest) => json(textWith(honest, '"sub":"admin"', 'first')),
  'has a member __proto__': (honest) => json(textWith(honest, '"__proto__":{"email":"x"}')),
  'is UTF-16': (honest) => json(utf16(honest)),
  'is 2 MiB long': (honest) => json(JSON.stringify({ ...(honest as object), picture: 'x'.repeat(2 << 20) })),
  'is nested 40 levels deep': (honest) => json(JSON.stringify({ ...(honest as object), x: nested(40) })),
  'is text/html that holds JSON': (honest) => json(JSON.stringify(honest), { type: 'text/html' }),
  'is text/plain that holds JSON': (honest) => json(JSON.stringify(honest), { type: 'text/plain' }),
  'has no content type': (honest) => json(new Uint8Array(Buffer.from(JSON.stringify(honest))), { type: null }),
  'has its content type in capitals': (honest) => json(JSON.stringify(honest), { type: 'APPLICATION/JSON' }),
  'is a JWT that nobody registered': (honest) => json(`${segment({ alg: 'none' })}.${segment(honest)}.`, { type: 'application/jwt' }),
  'is a redirect (302)': () => json(null, { status: 302, headers: { location: 'https://evil.example' } }),
  'comes with status 201': (honest) => json(JSON.stringify(honest), { status: 201 }),
  'comes with status 401': (honest) =>
    json(JSON.stringify(honest), { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
  'comes with a challenge, though it succeeded': (honest) => json(JSON.stringify(honest), { headers: { 'www-authenticate': 'Bearer' } }),
  'is an error with status 200': () => json('{"error":"invalid_token"}'),
}

const userInfoMembers: Named<readonly unknown[]> = {
  sub: [undefined, '', null, 7, {}, ['user-1'], 'user-2', 'User-1', 'user-1 ', 'user-1\u0000'],
  error: ['invalid_token', '', null],
  email_verified: ['true', 1],
  name: [7, null],
  _claim_sources: [{ src: { endpoint: 'http://169.254.169.254/', access_token: 'x' } }],
}

const userInfoAnswers: readonly Case[] = [
  ...Object.entries(userInfoMembers).flatMap(([name, values]) =>
    values.map((value): Case => ({ title: `${name} is ${shown(value)}`, userInfo: (honest) => put(honest, name, value) })),
  ),
  ...Object.entries(userInfoBodies).map(([title, make]): Case => ({ title: `the answer ${title}`, userInfo: make })),
]

/** Every case, by the part of the login that it spoils. */
export const cases: Readonly<Record<Part, readonly Case[]>> = {
  'authorization response': authorizationResponses,
  'token response': tokenResponses,
  'ID token': idTokens,
  metadata: metadataDocuments,
  'key set': keySets,
  UserInfo: userInfoAnswers,
}
