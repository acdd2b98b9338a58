// Every code, raised through the public doors, with secrets wherever a secret can stand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from 'jose'
import { expect, it } from 'vitest'
import { segment, signText, unsigned } from '../test/forge.js'
import { type Answer, type EndpointKey, jsonResponse, startOfTime } from '../test/issuer.js'
import { type Alteration, type Login, type LoginSettings, redirect_uri, startLogin } from '../test/login.js'
import { canaries } from '../test/refusal.js'
import { type ErrorCode, errorCodes } from './base/error-codes.js'
import * as core from './index.js'
import * as oauth from './oauth.js'
import * as extension from './plugin.js'

interface Scene {
  readonly settings?: LoginSettings
  /** What then throws the code. */
  raise(login: Login): unknown
}

const codes = Object.keys(errorCodes) as ErrorCode[]
const tokens = { access_token: canaries.token, token_type: 'Bearer', refresh_token: canaries.token }
const dpop: core.Plugin = { name: 'dpop', exchange: { tokenTypes: ['DPoP'] } }

/** The login comes back with these parameters changed. */
const returns = (changes: Readonly<Record<string, string | undefined>>, settings: LoginSettings = {}): Scene => ({
  settings,
  raise({ callback, finish }) {
    const url = new URL(callback)
    for (const [name, value] of Object.entries(changes)) {
      url.searchParams.delete(name)
      if (value !== undefined) url.searchParams.set(name, value)
    }
    return finish(url)
  },
})

/** The token response is changed. */
const answers = (alteration: Alteration, settings: LoginSettings = {}): Scene => ({
  settings,
  raise({ alter, finish }) {
    alter(alteration)
    return finish()
  },
})

/** An endpoint answers so. */
const responds = (endpoint: EndpointKey, answer: Answer, settings: LoginSettings = {}): Scene => ({
  settings,
  raise({ issuer, finish }) {
    issuer.answer(endpoint, answer)
    return finish()
  },
})

/** A function is called with the client. */
const calls = (raise: (client: core.Client, login: Login) => unknown, settings: LoginSettings = {}): Scene => ({
  settings,
  raise: (login) => raise(login.client, login),
})

/** A client is made with these options. */
const makes = (options: object, metadata: object = {}): Scene => ({
  raise: ({ issuer }) => core.createClient({ ...issuer.metadata, ...metadata }, { ...issuer.options(), ...options }),
})

/** The transaction is another than the one that was given out. */
const keeps = (changes: object): Scene => ({
  raise: ({ client, callback, transaction }) => core.authorizationCodeGrant(client, callback, { ...transaction, ...changes }),
})

/** Options of a request that no client makes. */
const sending = ({ fetch, clock }: Login['issuer']) => ({ fetch, clock })

/** UserInfo answers with this JWT, as the client has registered it. */
const userInfos = (make: (claims: Record<string, unknown>, login: Login) => string | Promise<string>, registered: object = {}): Scene => ({
  settings: { options: { userinfo_signed_response_alg: 'ES256', ...registered } },
  async raise(login) {
    const jwt = await make({ iss: 'https://as.example', aud: 'client-1', sub: canaries.sub, email: canaries.email }, login)
    login.issuer.answer('userinfo', new Response(jwt, { headers: { 'content-type': 'application/jwt' } }))
    return core.fetchUserInfo(login.client, tokens, { expectedSubject: canaries.sub })
  },
})

const head = { alg: 'ES256', kid: 'key-1' }

/** UserInfo came with this JWT of another issuer in it. */
const sources = (make: (claims: Record<string, unknown>, login: Login) => string | Promise<string>): Scene =>
  calls(async (client, login) => {
    const JWT = await make({ iss: 'https://as.example', email: canaries.email }, login)
    const claims = { sub: canaries.sub, _claim_names: { email: 'src' }, _claim_sources: { src: { JWT } } }
    return core.verifyAggregatedClaims(client, claims, { issuers: [login.issuer.metadata] })
  })

const initiates = (parameters: Record<string, string>) =>
  core.readLoginInitiation(new URLSearchParams(parameters), { allowed: ['https://as.example'], origin: 'https://app.example' })

const claims = (changes: Readonly<Record<string, unknown>>, settings?: LoginSettings) => answers({ claims: changes }, settings)
const demanding = { parameters: { scope: 'openid', claims: { id_token: { acr: { essential: true, value: 'gold' } } } } }
const html = () => new Response(`<html>${canaries.token}`, { headers: { 'content-type': 'text/html' } })

const scenes: Readonly<Record<ErrorCode, Scene>> = {
  OPTION_INVALID: makes({ client_id: '', client_secret: canaries.secret }),
  OPTION_UNKNOWN: makes({ clientSecret: canaries.secret }),
  PARAMETER_RESERVED: calls((client) => core.createAuthorizationRequest(client, { redirect_uri, state: canaries.state })),
  PARAMETER_INVALID: calls((client) => core.clientCredentialsGrant(client, { assertion: { secret: canaries.secret } as never })),
  HEADER_RESERVED: calls((client) =>
    core.fetchProtectedResource(client, tokens, 'https://api.example/things', { headers: { cookie: canaries.secret } }),
  ),
  REDIRECT_URI_INVALID: calls((client) => core.createAuthorizationRequest(client, { redirect_uri: `${redirect_uri}#${canaries.secret}` })),
  KEY_INVALID: calls(() => core.privateKeyJwt({ kty: 'RSA', n: canaries.secret, d: canaries.secret })),
  URL_INVALID: calls((client) => core.fetchProtectedResource(client, tokens, `https://ada:${canaries.secret}@api.example/`)),
  URL_INSECURE: calls((client) => core.fetchProtectedResource(client, tokens, `http://api.example/?key=${canaries.secret}`)),
  REFRESH_TOKEN_MISSING: calls((client) => core.refreshTokenGrant(client, { access_token: canaries.token, token_type: 'Bearer' })),
  SCOPE_OPENID_UNSUPPORTED: calls((client) => core.refreshTokenGrant(client, canaries.token, { parameters: { scope: 'openid' } }), {
    createClient: oauth.createClient,
    parameters: { scope: 'email' },
  }),
  CLIENT_INVALID: calls(() => core.clientCredentialsGrant(Promise.resolve({ secret: canaries.secret }) as never)),
  CLIENT_CONTRACT: calls(() =>
    core.clientCredentialsGrant({ [Symbol.for('@oidc/core')]: () => ({ contract: 2, secret: canaries.secret }) } as never),
  ),
  PLUGIN_INVALID: makes({ use: [() => canaries.secret] }),
  PLUGIN_MISSING: makes({}, { require_pushed_authorization_requests: true }),
  PLUGIN_CONFLICT: makes({ use: [dpop, dpop] }),
  PLUGIN_UNSUPPORTED: makes({ use: [{ name: 'newer', exchange: { encrypt: () => canaries.secret } }] }),
  PLUGIN_FAILED: {
    settings: {
      options: {
        use: [
          {
            name: 'broken',
            exchange: {
              headers() {
                throw new TypeError('no')
              },
            },
          },
        ],
      },
    },
    raise: ({ finish }) => finish(),
  },
  SERVER_METADATA_INVALID: makes({}, { issuer: undefined, note: canaries.secret }),
  SERVER_METADATA_MISSING: calls((client) => core.revokeToken(client, canaries.token), { metadata: { revocation_endpoint: undefined } }),
  ISSUER_MISMATCH: {
    raise({ issuer }) {
      issuer.answer('discovery', jsonResponse({ issuer: 'https://evil.example', note: canaries.secret }))
      return core.discover(issuer.issuer, issuer.options())
    },
  },
  EGRESS_REFUSED: calls((_, { finish }) => finish(), {
    options: {
      egress: () => {
        throw new Error(canaries.secret)
      },
    },
  }),
  NETWORK_ERROR: responds('token', () =>
    Promise.reject(new TypeError(canaries.secret, { cause: Object.assign(new Error(canaries.code), { code: 'ECONNREFUSED' }) })),
  ),
  TIMEOUT: responds('token', () => new Promise(() => {}), { options: { timeout: 0.001 } }),
  ABORTED: calls((client, { callback, transaction }) =>
    core.authorizationCodeGrant(client, callback, transaction, { signal: AbortSignal.abort() }),
  ),
  REDIRECT_REFUSED: responds(
    'token',
    new Response(canaries.token, { status: 302, headers: { location: `https://evil.example/?code=${canaries.code}` } }),
  ),
  HTTP_STATUS: responds('token', () => new Response(`<html>${canaries.token}`, { status: 500, headers: { 'content-type': 'text/html' } })),
  OAUTH_ERROR: responds('token', jsonResponse({ error: 'invalid_grant', access_token: canaries.token }, 400)),
  RESPONSE_CONTENT_TYPE: responds('token', html),
  RESPONSE_MALFORMED: responds(
    'token',
    () => new Response(`{"access_token":"${canaries.token}`, { headers: { 'content-type': 'application/json' } }),
  ),
  BODY_TOO_LARGE: responds('token', () => jsonResponse({ access_token: canaries.token.repeat(100_000) })),
  BODY_INVALID: calls(() =>
    extension.readJson(
      new Request(redirect_uri, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"${canaries.secret}` }),
    ),
  ),
  TRANSACTION_INVALID: keeps({ state: undefined, nonce: canaries.nonce, code_verifier: canaries.verifier }),
  TRANSACTION_MISMATCH: keeps({ issuer: 'https://evil.example', code_verifier: canaries.verifier }),
  TRANSACTION_EXPIRED: keeps({ created_at: startOfTime - 901, code_verifier: canaries.verifier }),
  AUTHORIZATION_RESPONSE_INVALID: calls((client, { transaction }) =>
    core.authorizationCodeGrant(client, `/cb?code=${canaries.code}` as never, transaction),
  ),
  AUTHORIZATION_RESPONSE_MODE: returns({ response: canaries.token }),
  STATE_MISSING: returns({ state: undefined, code: canaries.code }),
  STATE_MISMATCH: returns({ state: canaries.state }),
  ISS_MISSING: returns({ iss: undefined }),
  ISS_MISMATCH: returns({ iss: 'https://evil.example' }),
  FRONT_CHANNEL_TOKEN: returns({ access_token: canaries.token }),
  AUTHORIZATION_ERROR: returns({ error: 'access_denied' }),
  CODE_MISSING: returns({ code: `${canaries.code}\n` }),
  TOKEN_RESPONSE_INVALID: answers({ members: { access_token: `${canaries.token} ` } }),
  TOKEN_TYPE_MISSING: answers({ members: { token_type: undefined } }),
  TOKEN_TYPE_UNSUPPORTED: answers({ members: { token_type: 'mac' } }),
  TOKEN_TYPE_CHANGED: calls((client) => core.refreshTokenGrant(client, { ...tokens, token_type: 'DPoP' }), { options: { use: [dpop] } }),
  SCOPE_WIDER: answers({ members: { scope: 'openid admin' } }, { options: { strictScope: true } }),
  ID_TOKEN_MISSING: answers({ members: { id_token: undefined } }),
  ID_TOKEN_UNEXPECTED: answers(
    { members: { id_token: unsigned({ alg: 'none' }, { email: canaries.email }) } },
    { createClient: oauth.createClient, parameters: { scope: 'email' } },
  ),
  ID_TOKEN_MALFORMED: answers({ token: () => `${segment({ alg: 'none' })}.${segment({ email: canaries.email })}` }),
  ID_TOKEN_ENCRYPTION: answers({ token: () => `${segment({ alg: 'dir' })}.a.b.${canaries.token}.d` }),
  ID_TOKEN_CRITICAL: answers({ token: (own, { key }) => signText(key, { alg: 'ES256', crit: ['x'] }, own) }),
  ID_TOKEN_TYPE: answers({ header: { typ: 'at+jwt' } }),
  ID_TOKEN_ALGORITHM: answers({ token: (own) => unsigned({ alg: 'none' }, own) }),
  ID_TOKEN_KEY: answers({ header: { kid: 'gone' } }),
  ID_TOKEN_SIGNATURE: answers({
    token: async (own) => signText((await generateKeyPair('ES256')).privateKey, { alg: 'ES256', kid: 'key-1' }, own),
  }),
  ID_TOKEN_ISSUER: claims({ iss: 'https://evil.example' }),
  ID_TOKEN_SUBJECT: claims({ sub: canaries.sub.repeat(50) }),
  ID_TOKEN_AUDIENCE: claims({ aud: 'client-2' }),
  ID_TOKEN_AUTHORIZED_PARTY: claims({ azp: 'client-2' }),
  ID_TOKEN_EXPIRED: claims({ exp: 0 }),
  ID_TOKEN_NOT_BEFORE: claims({ nbf: startOfTime + 3600 }),
  ID_TOKEN_ISSUED_AT: claims({ iat: startOfTime + 3600 }),
  ID_TOKEN_NONCE: claims({ nonce: canaries.nonce }),
  ID_TOKEN_ACR: claims({ acr: 'low' }, demanding),
  ID_TOKEN_AUTH_TIME: claims({ auth_time: 0 }, { parameters: { scope: 'openid', max_age: 60 } }),
  ID_TOKEN_HASH: claims({ at_hash: canaries.token }),
  ID_TOKEN_CONTINUITY: {
    async raise({ client, issuer, finish }) {
      const earlier = await finish()
      issuer.answer(
        'token',
        jsonResponse({ access_token: canaries.token, token_type: 'Bearer', id_token: await issuer.idToken({ sub: `${canaries.sub}-2` }) }),
      )
      return core.refreshTokenGrant(client, earlier)
    },
  },
  KEY_SET_INVALID: responds('jwks', jsonResponse({ secret: canaries.secret })),
  DECRYPTION_FAILED: answers(
    { token: () => `${segment({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })}.a.b.${canaries.token}.d` },
    { options: { decrypt: core.decryptWith({ key: { kty: 'RSA', d: canaries.secret }, alg: 'RSA-OAEP-256' }) } },
  ),
  USERINFO_INVALID: {
    async raise({ client, issuer, finish }) {
      issuer.answer('userinfo', jsonResponse({ email: canaries.email, name: canaries.name }))
      return core.fetchUserInfo(client, await finish())
    },
  },
  USERINFO_SUBJECT: {
    async raise({ client, issuer, finish }) {
      issuer.answer('userinfo', jsonResponse({ sub: 'another-user', email: canaries.email }))
      return core.fetchUserInfo(client, await finish())
    },
  },
  USERINFO_MALFORMED: userInfos(() => 'not a JWT'),
  USERINFO_ENCRYPTION: userInfos((claims, { issuer }) => issuer.sign(claims), { userinfo_encrypted_response_alg: 'RSA-OAEP' }),
  USERINFO_CRITICAL: userInfos((claims, { issuer }) => signText(issuer.key, { alg: 'ES256', kid: 'key-1', crit: ['x'], x: 1 }, claims)),
  USERINFO_TYPE: userInfos((claims, { issuer }) => issuer.sign(claims, { typ: 'at+jwt' })),
  USERINFO_ALGORITHM: userInfos((claims) => unsigned({ alg: 'none' }, claims)),
  USERINFO_KEY: userInfos((claims, { issuer }) => issuer.sign(claims, { kid: 'unknown' })),
  USERINFO_SIGNATURE: userInfos(async (claims) =>
    signText((await generateKeyPair('ES256')).privateKey, { alg: 'ES256', kid: 'key-1' }, claims),
  ),
  USERINFO_ISSUER: userInfos((claims, { issuer }) => issuer.sign({ ...claims, iss: 'https://evil.example' })),
  USERINFO_AUDIENCE: userInfos((claims, { issuer }) => issuer.sign({ ...claims, aud: 'other' })),
  USERINFO_EXPIRED: userInfos((claims, { issuer }) => issuer.sign({ ...claims, exp: startOfTime - 31 })),
  USERINFO_NOT_BEFORE: userInfos((claims, { issuer }) => issuer.sign({ ...claims, nbf: startOfTime + 31 })),
  USERINFO_ISSUED_AT: userInfos((claims, { issuer }) => issuer.sign({ ...claims, iat: startOfTime + 31 })),
  CLAIMS_INVALID: calls(() => {
    const validate = () => ({ issues: [{ message: canaries.email, path: ['email'] }] })
    return core.parseClaims({ '~standard': { version: 1, vendor: 'test', validate } }, { email: canaries.email })
  }),
  CLAIM_SOURCE_INVALID: calls((client) =>
    core.verifyAggregatedClaims(client, { _claim_names: { email: 'src' }, _claim_sources: {}, email: canaries.email }, { issuers: [] }),
  ),
  CLAIM_SOURCE_MALFORMED: sources(() => `${canaries.token}.x.y`),
  CLAIM_SOURCE_ENCRYPTION: sources((own) => `${segment({ alg: 'dir' })}.x.y.${segment(own)}.z`),
  CLAIM_SOURCE_CRITICAL: sources((own, { issuer }) => signText(issuer.key, { ...head, crit: ['x'] }, own)),
  CLAIM_SOURCE_TYPE: sources((own, { issuer }) => issuer.sign({ ...own, nonce: canaries.nonce })),
  CLAIM_SOURCE_ALGORITHM: sources((own) => unsigned({ alg: 'none' }, own)),
  CLAIM_SOURCE_KEY: sources((own, { issuer }) => issuer.sign(own, { kid: 'other' })),
  CLAIM_SOURCE_SIGNATURE: sources(async (own) => signText((await generateKeyPair('ES256')).privateKey, head, own)),
  CLAIM_SOURCE_ISSUER: sources((own, { issuer }) => issuer.sign({ ...own, iss: 'https://evil.example' })),
  CLAIM_SOURCE_AUDIENCE: sources((own, { issuer }) => issuer.sign({ ...own, aud: 'other' })),
  CLAIM_SOURCE_EXPIRED: sources((own, { issuer }) => issuer.sign({ ...own, exp: startOfTime - 31 })),
  CLAIM_SOURCE_NOT_BEFORE: sources((own, { issuer }) => issuer.sign({ ...own, nbf: startOfTime + 31 })),
  CLAIM_SOURCE_ISSUED_AT: sources((own, { issuer }) => issuer.sign({ ...own, iat: startOfTime + 31 })),
  IDENTIFIER_INVALID: calls((_, { issuer }) => core.findIssuer(`=${canaries.email}`, sending(issuer))),
  WEBFINGER_INVALID: calls((_, { issuer }) => {
    issuer.answer('unknown', jsonResponse({ subject: canaries.email }))
    return core.findIssuer(`${canaries.name.replaceAll(' ', '')}@as.example`, sending(issuer))
  }),
  ISSUER_REFUSED: calls((_, { issuer }) => {
    const rel = 'http://openid.net/specs/connect/1.0/issuer'
    issuer.answer('unknown', jsonResponse({ subject: canaries.email, links: [{ rel, href: 'https://evil.example' }] }))
    return core.findIssuer(`acct:${canaries.sub}@as.example`, { ...sending(issuer), allowed: ['https://as.example'] })
  }),
  RESOURCE_METADATA_INVALID: calls((_, { issuer }) => {
    issuer.answer('unknown', jsonResponse({ resource: '', secret: canaries.secret }))
    return core.discoverResource('https://as.example/api', sending(issuer))
  }),
  RESOURCE_MISMATCH: calls((_, { issuer }) => {
    issuer.answer('unknown', jsonResponse({ resource: 'https://evil.example/api' }))
    return core.discoverResource('https://as.example/api', sending(issuer))
  }),
  SIGNED_METADATA_INVALID: calls((_, { issuer }) =>
    core.verifySignedMetadata(
      { ...issuer.metadata, signed_metadata: unsigned({ alg: 'none' }, { iss: issuer.issuer, secret: canaries.secret }) },
      { jwks: { keys: [issuer.publicJwk] }, clock: issuer.clock },
    ),
  ),
  LOGIN_INITIATION_INVALID: calls(() => initiates({ login_hint: canaries.email })),
  LOGIN_INITIATION_ISSUER: calls(() => initiates({ iss: 'https://evil.example', login_hint: canaries.email })),
  LOGIN_INITIATION_TARGET: calls(() =>
    initiates({ iss: 'https://as.example', target_link_uri: `https://evil.example/?${canaries.token}`, login_hint: canaries.email }),
  ),
  POLL_EXPIRED: calls((client) => extension.poll(client, { expires_in: 1 }, () => core.refreshTokenGrant(client, canaries.token))),
}

const imperatives: readonly string[] = [
  ...'Add Ask Check Compare Configure Correct Discard Give Have Install Look Make Offer Refuse Report Set Start Take Update Use'.split(' '),
  ...['if yours is, raise', 'If that client is yours, add', 'If this server always leaves it out, give', 'Nothing is to be done'],
]
/** A sentence, or the part of one behind a colon or semicolon, that begins with what to do. */
const remedy = new RegExp(`(?:^|[.:;?] )(?:${imperatives.join('|')})\\b.*\\.$`)

it.each(codes)(
  '%s is raised, its message ends with a remedy, and no secret is shown in it, in JSON, in an inspection or in an event',
  async (code) => {
    const { settings = {}, raise } = scenes[code]
    const options = { authentication: core.clientSecretPost(canaries.secret), client_secret: canaries.secret, ...settings.options }
    const login = await startLogin({ ...settings, options })
    const error = await login.refuse(async () => raise(login), code)
    expect(error.message).toMatch(remedy)
    expect(error.docs).toMatch(new RegExp(`#${code.toLowerCase()}$`))
    login.keepsSecrets(error)
  },
)

/** What the incumbent has codes for, and by which of ours the same is told. */
const rows: Readonly<Record<string, readonly ErrorCode[]>> = {
  'F-M6': ['PLUGIN_MISSING', 'TOKEN_RESPONSE_INVALID'],
  'F-M7': ['OAUTH_ERROR'],
  'F-M8': ['OAUTH_ERROR'],
  'F-M9': ['PLUGIN_MISSING', 'SCOPE_OPENID_UNSUPPORTED', 'FRONT_CHANNEL_TOKEN'],
  'F-M10': ['AUTHORIZATION_ERROR'],
  'F-M12': ['RESPONSE_MALFORMED', 'ID_TOKEN_MALFORMED', 'AUTHORIZATION_RESPONSE_INVALID'],
  'F-M13': ['TOKEN_RESPONSE_INVALID', 'USERINFO_INVALID', 'PARAMETER_INVALID'],
  'F-M14': ['RESPONSE_CONTENT_TYPE', 'HTTP_STATUS'],
  'F-M15': ['URL_INSECURE', 'URL_INVALID'],
  'F-M16': ['ID_TOKEN_EXPIRED', 'ID_TOKEN_AUDIENCE', 'ISSUER_MISMATCH'],
  'F-M17': ['ID_TOKEN_KEY', 'SERVER_METADATA_MISSING', 'SERVER_METADATA_INVALID'],
  'F-M19': ['OPTION_INVALID', 'KEY_INVALID'],
}

it.each(Object.entries(rows))('%s is told by codes of its own: %j', async (_, own) => {
  for (const code of own) {
    const { settings = {}, raise } = scenes[code]
    const login = await startLogin(settings)
    const error = await login.refuse(async () => raise(login), code)
    expect(error).toMatchObject({ name: 'OidcError', code })
  }
})

it('the page that errors point to has each of them', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/ERRORS.md'), 'utf8')
  for (const code of codes) expect(page).toContain(`## ${code}\n`)
})

it('what is no client is told by every function that takes one: most often it is a promise that nobody awaited', async () => {
  const { callback, transaction, refuse } = await startLogin()
  const notClients = [undefined, null, {}, Promise.resolve({}), 'client']
  const doors: readonly ((client: core.Client) => unknown)[] = [
    (client) => core.createAuthorizationRequest(client, { redirect_uri }),
    (client) => core.authorizationCodeGrant(client, callback, transaction),
    (client) => core.refreshTokenGrant(client, tokens),
    (client) => core.clientCredentialsGrant(client),
    (client) => core.grant(client, 'x'),
    (client) => core.fetchUserInfo(client, tokens, { expectedSubject: 'x' }),
    (client) => core.fetchProtectedResource(client, tokens, 'https://api.example'),
    (client) => core.revokeToken(client, canaries.token),
    (client) => core.validateIdToken(client, canaries.token, { nonce: null }),
    (client) => core.extend(client),
    (client) => extension.openAuthorizationResponse(client, callback),
    (client) => extension.checkAuthorizationResponse(client, callback, transaction),
    (client) => extension.verifyJwt(client, 'a.b.c', { what: 'x', code: 'X', algorithms: [] }),
    (client) => extension.decryptJwt(client, 'a.b.c', { what: 'x', code: 'X', algorithms: [] }),
    (client) => extension.serverKeys(client),
    (client) => extension.poll(client, { expires_in: 5 }, () => Promise.resolve()),
    (client) => extension.request(client, extension.tokenOperation),
    (client) => extension.requirePlugin(client, 'x', { package: 'x', factory: 'x()' }),
    (client) => extension.randomToken(client),
    (client) => extension.now(client),
  ]
  for (const door of doors)
    for (const client of notClients)
      await refuse(async () => door(client as core.Client), 'CLIENT_INVALID', 'Give what createClient() or await discover() gave.')
})
