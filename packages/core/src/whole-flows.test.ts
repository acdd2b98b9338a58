// Whole logins with a hostile answer at every step: nothing but an OidcError comes out, no secret shows, and nothing is left that fails later.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, createIssuer, type EndpointKey, type Issuer, jsonResponse } from '../test/issuer.js'
import { canaries, expectNoSecret } from '../test/refusal.js'
import {
  authorizationCodeGrant,
  type Client,
  type ClientAuthentication,
  type ClientEvent,
  clientSecretBasic,
  clientSecretJwt,
  clientSecretPost,
  createAuthorizationRequest,
  discover,
  fetchProtectedResource,
  fetchUserInfo,
  isOidcError,
  privateKeyJwt,
  refreshTokenGrant,
  revokeToken,
  type Tokens,
} from './index.js'

const redirect_uri = 'https://app.example/callback'
const secret = `${canaries.secret}-that-is-long-enough-for-HS256`

/** What failed although nobody waited for it. */
const stray: unknown[] = []
const hear = (error: unknown) => void stray.push(error)

beforeAll(() => {
  process.on('unhandledRejection', hear)
  process.on('uncaughtException', hear)
})

afterAll(() => {
  process.off('unhandledRejection', hear)
  process.off('uncaughtException', hear)
})

/** Rejections that nobody handles are told at the end of a turn. */
const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Flow {
  readonly issuer: Issuer
  readonly events: readonly ClientEvent[]
  readonly errors: readonly unknown[]
  /** The steps that came to their end. */
  readonly done: readonly string[]
  /** Everything that must not show. */
  readonly secrets: ReadonlySet<string>
}

/** Every network function, one after the other, as far as there is something to go on with. */
async function run(spoil: (issuer: Issuer, abort: AbortController) => void, authentication: ClientAuthentication): Promise<Flow> {
  const issuer = await createIssuer({ claims: { sub: canaries.sub, email: canaries.email, name: canaries.name } })
  const events: ClientEvent[] = []
  const errors: unknown[] = []
  const done: string[] = []
  const secrets = new Set<string>(Object.values(canaries))
  const abort = new AbortController()
  const { signal } = abort
  spoil(issuer, abort)
  const step = async <T>(name: string, attempt: () => Promise<T>): Promise<T | undefined> => {
    try {
      const result = await attempt()
      done.push(name)
      return result
    } catch (error) {
      errors.push(error)
      return undefined
    } finally {
      for (const { form, headers } of issuer.requests)
        for (const value of [form.get('client_assertion'), form.get('code_verifier'), headers.authorization?.split(' ')[1]])
          if (value) secrets.add(value)
    }
  }
  const options = issuer.options({ authentication, client_secret: secret, onEvent: (event) => void events.push(event) })
  const client = await step('discover', () => discover(issuer.issuer, options, { signal }))
  if (client) await login(client)
  return { issuer, events, errors, done, secrets }

  async function login(client: Client): Promise<void> {
    const data = { returnTo: canaries.token }
    const begun = await step('request', () => createAuthorizationRequest(client, { redirect_uri, scope: 'openid' }, { data, signal }))
    if (!begun) return
    const { url, transaction } = begun
    const callback = issuer.authorize(url)
    for (const value of [transaction.state, transaction.nonce, transaction.code_verifier, callback.searchParams.get('code')])
      if (value) secrets.add(value)
    const granted = await step('code', () => authorizationCodeGrant(client, callback, transaction, { signal }))
    const stored: Tokens = granted ?? { access_token: canaries.token, token_type: 'Bearer', refresh_token: canaries.token }
    for (const value of [stored.access_token, stored.refresh_token, stored.id_token]) if (value) secrets.add(value)
    await step('userinfo', () => fetchUserInfo(client, stored, { ...(granted ? {} : { expectedSubject: canaries.sub }), signal }))
    await step('resource', () => fetchProtectedResource(client, stored, issuer.resource, { signal }))
    await step('refresh', () => refreshTokenGrant(client, stored, { signal }))
    await step('revocation', () => revokeToken(client, stored.access_token, { signal }))
  }
}

async function expectQuiet({ events, errors, secrets }: Flow): Promise<void> {
  for (const error of errors) {
    if (!isOidcError(error)) throw new Error('something else than an OidcError came out', { cause: error })
    expect(error.message).toMatch(/\.$/)
    expectNoSecret(error, secrets)
  }
  expectNoSecret(events, secrets)
  await endOfTurn()
  expect(stray).toEqual([])
}

const endpoints: readonly EndpointKey[] = ['discovery', 'jwks', 'token', 'userinfo', 'resource', 'revocation']
const everything = `${canaries.token} ${canaries.code} ${canaries.secret} ${canaries.email}`
const text = (body: BodyInit | null, init: ResponseInit = {}) =>
  new Response(body, { headers: { 'content-type': 'application/json' }, ...init })
const withHeaders = (headers: Readonly<Record<string, string>>, status = 400) =>
  text('{"error":"invalid_grant"}', { status, headers: { 'content-type': 'application/json', ...headers } })
const stream = (source: UnderlyingDefaultSource) => text(new ReadableStream(source))
/** What a broken fetch, a polyfill or a test double may give in place of a Response. */
const notResponse = (value: unknown): Answer => (() => value) as unknown as Answer
const fails =
  (error: unknown): Answer =>
  () => {
    throw error
  }

/** What each endpoint may answer; all of it holds canaries wherever text can stand. */
const answers: Readonly<Record<string, (abort: AbortController) => Answer>> = {
  'fetch fails with a TypeError': () =>
    fails(new TypeError(everything, { cause: Object.assign(new Error(everything), { code: 'ECONNRESET' }) })),
  'fetch fails with a string': () => fails(everything),
  'fetch fails with nothing': () => fails(undefined),
  'fetch fails with null': () => fails(null),
  'fetch fails with an object whose getters throw': () =>
    fails({
      get message() {
        throw new Error(everything)
      },
      get code() {
        throw new Error(everything)
      },
    }),
  'fetch fails with an error that holds itself': () => {
    const error = new AggregateError([], everything)
    error.errors.push(error)
    return fails(error)
  },
  'fetch fails with an AbortError of its own': () => fails(new DOMException(everything, 'AbortError')),
  'the caller aborts': (abort) => () => {
    abort.abort(new Error('enough'))
    throw new DOMException(everything, 'AbortError')
  },
  'the caller aborts while the body comes': (abort) => () =>
    stream({
      pull(controller) {
        controller.enqueue(Buffer.from('{'))
        abort.abort('enough')
      },
    }),
  'fetch gives nothing': () => notResponse(undefined),
  'fetch gives null': () => notResponse(null),
  'fetch gives a string': () => notResponse(everything),
  'fetch gives an object without headers': () => notResponse({ status: 200, ok: true, body: null }),
  'fetch gives Response.error()': () => () => Response.error(),
  'a body that was read before': () => async () => {
    const response = text('{}')
    await response.text()
    return response
  },
  'a body that somebody else reads': () => () => {
    const response = text('{}')
    response.body?.getReader()
    return response
  },
  'a body that breaks off': () => () =>
    stream({
      start: (controller) => controller.enqueue(Buffer.from('{"access_token":"')),
      pull: (controller) => controller.error(new Error(everything)),
    }),
  'a body whose cancellation fails': () => () =>
    stream({
      pull: (controller) => controller.enqueue(new Uint8Array(1 << 19)),
      cancel: () => Promise.reject(new Error(everything)),
    }),
  'a body of strings in place of bytes': () => () =>
    stream({
      start(controller) {
        controller.enqueue(everything)
        controller.close()
      },
    }),
  'a body without end': () => () => stream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 18)) }),
  'no body': () => () => text(null),
  'an empty body': () => () => text(''),
  'no content': () => () => text(null, { status: 204 }),
  'a page that holds secrets': () => () => text(`<h1>${everything}</h1>`, { headers: { 'content-type': 'text/html' } }),
  'a page with status 500': () => () => text(`<h1>${everything}</h1>`, { status: 500, headers: { 'content-type': 'text/html' } }),
  'a redirect with secrets in its target': () => () =>
    text(null, { status: 302, headers: { location: `https://evil.example/?t=${canaries.token}` } }),
  'a redirect that repeats the request': () => () => text(null, { status: 307, headers: { location: 'https://evil.example/' } }),
  'a content type that is no type': () => () => text(`{"t":"${everything}"}`, { headers: { 'content-type': ';;;=,"' } }),
  'text in place of JSON': () => () => text(everything),
  'JSON that breaks off inside a secret': () => () => text(`{"access_token":"${canaries.token}`),
  'JSON with a secret twice': () => () => text(`{"access_token":"${canaries.token}","access_token":"${canaries.token}"}`),
  'JSON that is nested 100,000 levels deep': () => () => text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  'JSON with a number beyond all numbers': () => () => text('{"expires_in":1e999,"issuer":1e999,"keys":1e999,"sub":1e999}'),
  'JSON that is null': () => () => text('null'),
  'JSON that is a number': () => () => text('7'),
  'JSON that is an array': () => () => text(`["${everything}"]`),
  'JSON that would change prototypes': () => () =>
    text('{"__proto__":{"sub":"x"},"constructor":{"prototype":{"sub":"x"}},"toString":1,"then":1}'),
  'JSON that looks like a promise': () => () => text('{"then":"x","catch":{},"issuer":"https://as.example","keys":[{"then":1}]}'),
  'bytes that are not UTF-8': () => () => text(new Uint8Array([0xff, 0xfe, 0x22])),
  'an OAuth error': () => () => text('{"error":"invalid_grant"}', { status: 400 }),
  'an OAuth error of other kinds of values': () => () => text('{"error":{"a":1},"error_description":["x"],"error_uri":7}', { status: 400 }),
  'an OAuth error of control characters': () => () =>
    jsonResponse({ error: '\u001b[31m\r\nfake: line', error_description: '\u202e\u0000<script>' }, 400),
  'an OAuth error of a megabyte': () => () => jsonResponse({ error: 'x'.repeat(500_000), error_description: 'y'.repeat(400_000) }, 400),
  'a challenge of 60 kB': () => () => withHeaders({ 'www-authenticate': `Bearer ${'a="b",'.repeat(10_000)}` }, 401),
  'a challenge that is none': () => () => withHeaders({ 'www-authenticate': '"""===,,,' }, 401),
  'a Retry-After of the year 9999': () => () => withHeaders({ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, 503),
  'a Retry-After that is none': () => () => withHeaders({ 'retry-after': '-1' }, 429),
  'a DPoP-Nonce and a cookie': () => () => withHeaders({ 'dpop-nonce': canaries.nonce, 'set-cookie': `sid=${canaries.token}` }, 401),
  'a length that is a lie': () => () => text('{}', { headers: { 'content-type': 'application/json', 'content-length': '99999999' } }),
  'a coding that is a lie': () => () =>
    text('{}', { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip, br', 'content-length': '2' } }),
}

describe.each(endpoints)('a hostile %s', (endpoint) => {
  it.each(Object.entries(answers))(
    'S-D48, S-D29: %s: only an OidcError comes out, no secret shows, and nothing fails later',
    async (_, make) => {
      const flow = await run((issuer, abort) => issuer.answer(endpoint, make(abort)), clientSecretBasic(secret))
      await expectQuiet(flow)
      // The honest steps before it came to their end, so that it was this answer that was met.
      expect(flow.issuer.requestsTo(endpoint).length).toBeGreaterThan(0)
    },
  )
})

it('an honest flow comes to its end, whatever the client authenticates with, and shows no secret in its events', async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  for (const authentication of [clientSecretBasic(secret), clientSecretPost(secret), clientSecretJwt(secret), privateKeyJwt(privateKey)]) {
    const flow = await run(() => undefined, authentication)
    expect(flow.errors).toEqual([])
    expect(flow.done).toEqual(['discover', 'request', 'code', 'userinfo', 'resource', 'refresh', 'revocation'])
    expect(flow.events.length).toBeGreaterThan(10)
    await expectQuiet(flow)
  }
})

it('whatever JSON comes from whatever endpoints, with whatever status, only OidcErrors come out, and no secret shows', async () => {
  const value = fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 })
  const member = fc.constantFrom(
    'issuer',
    'keys',
    'access_token',
    'token_type',
    'id_token',
    'expires_in',
    'sub',
    'error',
    'jwks_uri',
    'token_endpoint',
    '__proto__',
  )
  const body = fc.oneof(value, fc.dictionary(member, value))
  const answer = fc.record({
    endpoint: fc.constantFrom(...endpoints),
    body,
    keep: fc.boolean(),
    status: fc.constantFrom(200, 200, 200, 201, 400, 401, 500),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 3 }), async (list) => {
      const flow = await run((issuer) => {
        for (const { endpoint, body, keep, status } of list)
          issuer.answer(endpoint, async (_, own) => {
            const honest: unknown = keep ? await (await own()).json().catch(() => ({})) : {}
            const merged = keep && typeof body === 'object' && !Array.isArray(body) ? { ...(honest as object), ...body } : body
            return jsonResponse(merged, status)
          })
      }, clientSecretPost(secret))
      await expectQuiet(flow)
    }),
    { numRuns: 150 },
  )
}, 60_000)
