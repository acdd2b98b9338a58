import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { caught } from '../../test/errors.js'
import { deferred, persistent, probe, refusal, startProbe } from '../../test/probe.js'
import { canaries, expectNoSecret } from '../../test/refusal.js'
import { isOidcError, type OidcError, oidcError } from '../base/errors.js'
import type { Call, Exchange, Plugin } from '../plugin.js'
import { receive, request } from '../plugin.js'

const broken = (status = 200, headers = {}) =>
  new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) }), { status, headers })
const down = (): never => {
  throw new TypeError('fetch failed')
}
const onProbe = (name: string, hooks: object): Plugin => ({ name, operations: [{ operation: 'probe', hooks }] })

describe('the order of things in one call', () => {
  it('is: around, endpoint, parameters, attempts, decoding, core’s checks, plugins’ checks (docs/LIFECYCLE.md)', async () => {
    const trace: string[] = []
    const log = <T>(step: string, result?: T) => {
      trace.push(step)
      return result as T
    }
    const spy = (name: string): Plugin => ({
      name,
      around: (_, next) => log(`around ${name}`, next)(),
      exchange: { headers: ({ attempt }) => log(`attempt ${attempt} ${name}`), retry: () => log(`retry ${name}`, 0) },
      operations: [
        {
          operation: 'probe',
          hooks: {
            parameters: () => log(`parameters ${name}`),
            check: () => log(`check ${name}`),
            accept: { [`x/${name}`]: () => log(`decode ${name}`, 1) },
          },
        },
      ],
    })
    const aliases: Plugin = { name: 'aliases', exchange: { endpoint: () => log('endpoint', undefined) } }
    const { answer, send } = await startProbe([spy('b'), aliases, spy('a')])
    answer(refusal('slow_down', 429), new Response('', { headers: { 'content-type': 'x/b' } }))
    await send({}, { parse: () => log('parse') })
    expect(trace.join('|')).toBe(
      'around a|around b|endpoint|parameters a|parameters b|attempt 1 a|attempt 1 b|retry a|retry b|attempt 2 a|attempt 2 b|decode b|parse|check a|check b',
    )
  })

  it('endpoint and parameters run once a call, whatever the number of attempts', async () => {
    const endpoint = vi.fn(() => undefined)
    const parameters = vi.fn(() => ({ a: '1' }))
    const { answer, send, sent } = await startProbe([
      { name: 'x', exchange: { endpoint, retry: () => 0 }, operations: onProbe('x', { parameters }).operations ?? [] },
    ])
    answer(refusal('slow_down', 429), refusal('slow_down', 429), Response.json({}))
    await send()
    expect(sent()).toBe(3)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(parameters).toHaveBeenCalledOnce()
  })

  it('a result is given back as parse gave it', async () => {
    const result = { deep: [1] }
    const { send } = await startProbe()
    expect(await send({}, { parse: async () => result })).toBe(result)
    expect(Object.isFrozen(result)).toBe(false)
  })
})

describe('identity', () => {
  it('Call is one frozen object over all slots and attempts, Exchange one for each attempt: both can key a WeakMap', async () => {
    const calls = new WeakMap<Call, number>()
    const exchanges = new WeakMap<Exchange, string[]>()
    const all = { calls: new Set<Call>(), exchanges: new Set<Exchange>() }
    const seeCall = (call: Call) => {
      all.calls.add(call)
      calls.set(call, (calls.get(call) ?? 0) + 1)
    }
    const see = (slot: string) => (exchange: Exchange) => {
      all.exchanges.add(exchange)
      seeCall(exchange.call)
      exchanges.set(exchange, [...(exchanges.get(exchange) ?? []), slot])
    }
    const spy: Plugin = {
      name: 'spy',
      around: (call, next) => {
        seeCall(call)
        return next()
      },
      exchange: {
        headers: (exchange) => void see('headers')(exchange),
        seal: (final, exchange) => {
          see('seal')(exchange)
          return final
        },
        unseal: (response, exchange) => {
          see('unseal')(exchange)
          return response
        },
        received: (_, exchange) => see('received')(exchange),
        retry: (_, exchange) => {
          see('retry')(exchange)
          return 0
        },
      },
      operations: [
        {
          operation: 'probe',
          hooks: {
            parameters: (_: unknown, call: Call) => void seeCall(call),
            check: (_: never, exchange: Exchange) => see('check')(exchange),
          },
        },
      ],
    }
    const { answer, send, client } = await startProbe([spy])
    answer(refusal('slow_down', 429), Response.json({}))
    const operation = probe()
    await request(client, operation, { parameters: { a: '1' } })
    expect(all.calls.size).toBe(1)
    const [first, second, ...more] = [...all.exchanges]
    expect(more).toEqual([])
    expect(first && exchanges.get(first)).toEqual(['headers', 'seal', 'unseal', 'received', 'retry'])
    expect(second && exchanges.get(second)).toEqual(['headers', 'seal', 'unseal', 'received', 'check'])
    const [call] = all.calls
    expect(call?.client).toBe(client)
    expect(call?.operation).toBe(operation)
    expect(first).toMatchObject({ attempt: 1, url: 'https://as.example/token', method: 'POST', parameters: { a: '1' } })
    expect(second?.attempt).toBe(2)
    expect(first?.parameters).toBe(second?.parameters)
    for (const part of [call, first, second, first?.parameters]) expect(Object.isFrozen(part)).toBe(true)
    await send()
    expect(all.calls.size).toBe(2)
  })

  it('token, authorization and expectation of a call are frozen copies: a plugin cannot switch a check off, nor can the caller later', async () => {
    const token = { access_token: 'a', token_type: 'Bearer' }
    const expected = { nonce: 'n' as string | null }
    const calls: Call[] = []
    const { send } = await startProbe([onProbe('x', { parameters: (_: unknown, call: Call) => void calls.push(call) })])
    const sending = send({ token, expected, authorization: { response: {}, transaction: {} } as never }, { credential: 'token' })
    Object.assign(token, { access_token: 'b' })
    expected.nonce = null
    await sending
    const [seen] = calls
    expect(seen).toMatchObject({ token: { access_token: 'a' }, expected: { nonce: 'n' } })
    for (const part of [seen?.token, seen?.expected, seen?.authorization]) expect(Object.isFrozen(part)).toBe(true)
  })

  it('parameters have no prototype, whatever their names', async () => {
    const all: Exchange['parameters'][] = []
    const { send } = await startProbe([{ name: 'x', exchange: { headers: ({ parameters }) => void all.push(parameters) } }])
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString')), fc.string(), {
          noNullPrototype: true,
        }),
        async (parameters) => {
          fc.pre(!Object.hasOwn(parameters, 'client_id'))
          await send({ parameters })
          const seen = all.pop()
          expect(Object.getPrototypeOf(seen)).toBeNull()
          expect(Object.entries(seen ?? {})).toEqual(Object.entries(parameters))
          expect(Object.isFrozen(seen)).toBe(true)
        },
      ),
    )
  })
})

describe('the address', () => {
  it('is the endpoint of the server metadata', async () => {
    const { send, issuer } = await startProbe()
    await send({}, { endpoint: 'userinfo_endpoint' })
    expect(issuer.requests[0]?.url).toBe('https://as.example/userinfo')
  })

  it('F-B17: of an endpoint that the metadata lacks is told before anything is sent', async () => {
    const { refuse, issuer } = await startProbe()
    const error = await refuse('SERVER_METADATA_MISSING', {}, { endpoint: 'introspection_endpoint' })
    expect(error.message).toContain('The metadata of https://as.example has no introspection_endpoint')
    expect(issuer.requests).toEqual([])
  })

  it('may be given by the plugin that fills endpoint, and is checked like every other (RFC 8705, 5)', async () => {
    const names: unknown[] = []
    const aliases = (url: unknown): Plugin => ({
      name: 'mtls',
      exchange: {
        endpoint: (name, server, { client_id }) => {
          names.push(name, server.issuer, client_id)
          return url as string
        },
      },
    })
    const { send, issuer } = await startProbe([aliases('https://as.example/userinfo')])
    await send()
    expect(issuer.requests[0]?.url).toBe('https://as.example/userinfo')
    expect(names).toEqual(['token_endpoint', 'https://as.example', 'client-1'])
    for (const [url, code] of [
      ['http://mtls.example/token', 'URL_INSECURE'],
      ['mtls.example', 'URL_INVALID'],
      [null, 'URL_INVALID'],
      [7, 'URL_INVALID'],
    ] as const)
      expect((await (await startProbe([aliases(url)])).refuse(code)).message).toContain('token_endpoint that the plugin mtls gives')
  })

  it('that the caller gives is used as it is, without asking a plugin, and checked', async () => {
    const endpoint = vi.fn(() => 'https://other.example/')
    const { send, refuse, issuer } = await startProbe([{ name: 'mtls', exchange: { endpoint } }])
    await send({ url: new URL('https://api.example/things?a=1') }, { endpoint: null })
    expect(issuer.requests[0]?.url).toBe('https://api.example/things?a=1')
    expect(endpoint).not.toHaveBeenCalled()
    await refuse('URL_INSECURE', { url: 'http://api.example/things' }, { endpoint: null })
    await refuse('URL_INVALID', {}, { endpoint: null })
    expect(issuer.requests).toHaveLength(1)
  })

  it('an error of endpoint or parameters carries plugin and slot, and nothing is sent', async () => {
    const thrown = () => {
      throw new RangeError('x')
    }
    const one = await startProbe([{ name: 'x', exchange: { endpoint: thrown } }])
    expect(await one.refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'x', slot: 'exchange.endpoint' })
    const two = await startProbe([onProbe('x', { parameters: thrown })])
    expect(await two.refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'x', slot: 'operations.parameters' })
    expect([one.sent(), two.sent()]).toEqual([0, 0])
  })
})

describe('parameters of plugins', () => {
  it('all see the same frozen snapshot, and may be given later', async () => {
    const seen: unknown[] = []
    const adding = (name: string) =>
      onProbe(name, {
        parameters: async (given: object) => {
          seen.push(given)
          return { [name]: name }
        },
      })
    const { send, issuer } = await startProbe([adding('b'), adding('a')])
    await send({ parameters: { own: '1' } })
    expect(issuer.requests[0]?.body).toBe('own=1&a=a&b=b&client_id=client-1')
    expect(seen[0]).toBe(seen[1])
    expect({ ...(seen[0] as object) }).toEqual({ own: '1' })
    expect(Object.isFrozen(seen[0])).toBe(true)
  })

  it('cannot replace one of the caller, and in conflict name both plugins', async () => {
    const { refuse, sent } = await startProbe([onProbe('x', { parameters: () => ({ scope: 'admin' }) })])
    expect((await refuse('PLUGIN_CONFLICT', { parameters: { scope: 'openid' } })).message).toContain(
      'Both the request itself and x want the parameter scope',
    )
    const two = await startProbe([onProbe('b', { parameters: () => ({ a: '1' }) }), onProbe('a', { parameters: () => ({ a: '2' }) })])
    expect((await two.refuse('PLUGIN_CONFLICT')).message).toContain('Both a and b want the parameter a')
    expect(sent() + two.sent()).toBe(0)
  })

  it.each([[null], ['a=b'], [new URLSearchParams({ a: 'b' })], [{ a: 7 }], [{ a: null }]])('given as %o are refused', async (given) => {
    const { refuse, sent } = await startProbe([onProbe('odd', { parameters: () => given })])
    expect((await refuse('PLUGIN_INVALID')).message).toContain('The plugin odd')
    expect(sent()).toBe(0)
  })

  it('are those of plugins for this very operation', async () => {
    const { send, issuer } = await startProbe([
      { name: 'x', operations: [{ operation: 'other', hooks: { parameters: () => ({ a: '1' }) } }] },
    ])
    await send()
    expect(issuer.requests[0]?.form.has('a')).toBe(false)
  })
})

describe('checks of plugins', () => {
  it('run after core’s own, get a frozen result, and can refuse it', async () => {
    const check = vi.fn((result: object) => {
      expect(() => Object.assign(result, { sub: 'other' })).toThrow(TypeError)
    })
    const { send } = await startProbe([onProbe('x', { check })])
    expect(await send()).toEqual({ ok: true })
    expect(check).toHaveBeenCalledOnce()
    const strict = await startProbe([onProbe('x', { check: () => Promise.reject(oidcError('TOKEN_TYPE_CHANGED', 'No.')) }), persistent()])
    expect(await strict.refuse('TOKEN_TYPE_CHANGED')).toMatchObject({ plugin: 'x', slot: 'operations.check' })
    expect(strict.sent()).toBe(1)
  })

  it('do not run when core refuses', async () => {
    const check = vi.fn()
    const { refuse } = await startProbe([onProbe('x', { check })])
    const parse = () => Promise.reject(oidcError('TOKEN_RESPONSE_INVALID', 'No.'))
    expect((await refuse('TOKEN_RESPONSE_INVALID', {}, { parse })).plugin).toBeUndefined()
    expect(check).not.toHaveBeenCalled()
  })

  it('stand also where an answer comes another way: receive runs parse and checks, and sends nothing', async () => {
    const seen: unknown[] = []
    const { client, issuer } = await startProbe([
      onProbe('x', { check: (result: unknown, exchange: Exchange) => void seen.push(result, exchange.attempt, exchange.call.expected) }),
    ])
    const calls: Call[] = []
    const operation = probe({
      parse(body, { call }) {
        calls.push(call)
        return { body, nonce: call.expected?.nonce }
      },
    })
    const result = await receive(client, operation, { a: 1 }, { expected: { nonce: 'n' } })
    expect(result).toEqual({ body: { a: 1 }, nonce: 'n' })
    expect(seen).toEqual([result, 0, { nonce: 'n' }])
    expect(calls.map((call) => [call.client === client, Object.isFrozen(call), Object.isFrozen(call.expected)])).toEqual([
      [true, true, true],
    ])
    expect(issuer.requests).toEqual([])
    const refusing = await startProbe([onProbe('x', { check: () => Promise.reject(new RangeError('x')) })])
    expect(await caught(() => receive(refusing.client, operation, {}))).toMatchObject({
      code: 'PLUGIN_FAILED',
      plugin: 'x',
      slot: 'operations.check',
    })
  })
})

describe('another attempt', () => {
  it('is not made where no plugin asks for it', async () => {
    const { answer, refuse, sent } = await startProbe([{ name: 'x', exchange: { retry: () => undefined } }])
    answer(refusal('slow_down', 429))
    await refuse('OAUTH_ERROR')
    const without = await startProbe()
    without.answer(refusal('slow_down', 429))
    await without.refuse('OAUTH_ERROR')
    expect([sent(), without.sent()]).toEqual([1, 1])
  })

  it('is made at most twice, and nobody is asked after the third', async () => {
    const retry = vi.fn(() => 0)
    const { answer, refuse, sent } = await startProbe([{ name: 'x', exchange: { retry } }])
    answer(refusal('slow_down', 429))
    expect((await refuse('OAUTH_ERROR')).error).toBe('slow_down')
    expect(sent()).toBe(3)
    expect(retry).toHaveBeenCalledTimes(2)
  })

  it('is made after the longest wait that any plugin asks for, by the client’s clock', async () => {
    const wait = fc.oneof(
      fc.constant(undefined),
      fc.integer({ min: 0, max: 5000 }),
      fc.constantFrom(-1, 0.5, Number.NaN, Infinity, -Infinity),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(wait, { minLength: 1, maxLength: 5 }), async (waits) => {
        const { answer, send, events, issuer, sent } = await startProbe(
          waits.map((seconds, i) => ({ name: `p${i}`, exchange: { retry: () => seconds } })),
        )
        answer(refusal('slow_down', 429), Response.json({}))
        const outcome = await send().then(
          () => 'sent again',
          (error: OidcError) => error.error,
        )
        const asked = waits.filter((seconds): seconds is number => seconds !== undefined && Number.isFinite(seconds))
        const longest = Math.max(0, ...asked)
        expect([outcome, sent()]).toEqual(asked.length ? ['sent again', 2] : ['slow_down', 1])
        expect(issuer.clock.slept).toEqual(asked.length && longest > 0 ? [longest] : [])
        expect(events.filter(({ type }) => type === 'retry')).toMatchObject(asked.length ? [{ wait: longest, code: 'OAUTH_ERROR' }] : [])
      }),
      { numRuns: 50 },
    )
  })

  it('null asks for none, and a promise or text is refused by name: it would be passed over', async () => {
    for (const wait of [Promise.resolve(1), '1', true, {}]) {
      const { answer, refuse, sent } = await startProbe([{ name: 'odd', exchange: { retry: () => wait as never } }])
      answer(refusal('slow_down', 429))
      expect(await refuse('PLUGIN_INVALID')).toMatchObject({ plugin: 'odd', slot: 'exchange.retry' })
      expect(sent()).toBe(1)
    }
    const { answer, refuse } = await startProbe([{ name: 'x', exchange: { retry: () => null as never } }])
    answer(refusal('slow_down', 429))
    await refuse('OAUTH_ERROR')
  })

  it('retry gets the error and the exchange it is of', async () => {
    const seen: [string, string | undefined, number][] = []
    const { answer, send } = await startProbe([
      { name: 'x', exchange: { retry: (error, { attempt }) => 0 * seen.push([error.code, error.error, attempt]) } },
    ])
    answer(refusal('use_dpop_nonce', 400), down, Response.json({}))
    await send()
    expect(seen).toEqual([
      ['OAUTH_ERROR', 'use_dpop_nonce', 1],
      ['NETWORK_ERROR', undefined, 2],
    ])
  })

  it('S-D48: the wait before it ends with the caller’s signal', async () => {
    const controller = new AbortController()
    const sleeping = deferred<void>()
    const { answer, issuer, refuse, sent } = await startProbe([persistent(60)], {
      clock: {
        now: () => 0,
        sleep: (_, signal) => {
          sleeping.resolve()
          return new Promise((__, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
        },
      },
    })
    answer(refusal('slow_down', 429))
    const refused = refuse('ABORTED', { signal: controller.signal })
    await sleeping.promise
    controller.abort(new Error('the user went away'))
    expect((await refused).cause).toBe(controller.signal.reason)
    expect(sent()).toBe(1)
    expect(issuer.requests).toHaveLength(1)
  })
})

/** What may happen to a request, and whether the table of docs/LIFECYCLE.md lets it be sent again. */
const outcomes: readonly (readonly [what: string, answer: () => Response | Promise<Response>, safe: boolean, ifRefused: boolean])[] = [
  ['429 with an OAuth error', () => refusal('slow_down', 429), true, true],
  ['429 without any', () => new Response('', { status: 429 }), true, true],
  ['429 whose body breaks off', () => broken(429), true, true],
  ['400 with an OAuth error', () => refusal('use_dpop_nonce'), true, true],
  [
    '401 with a challenge',
    () => new Response('', { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"' } }),
    true,
    true,
  ],
  ['401 with a bare challenge', () => new Response('', { status: 401, headers: { 'www-authenticate': 'Basic' } }), true, true],
  ['400 without an OAuth error', () => new Response('<html>', { status: 400, headers: { 'content-type': 'text/html' } }), true, false],
  ['400 whose body breaks off', () => broken(400), true, false],
  ['no answer', down, true, false],
  ['an answer that breaks off', () => broken(), true, false],
  ['an answer too large', () => new Response(new Uint8Array(1_048_577)), true, false],
  ['500 with an OAuth error', () => refusal('server_error', 500), true, false],
  ['502', () => new Response('', { status: 502 }), true, false],
  ['503', () => new Response('', { status: 503, headers: { 'retry-after': '1' } }), true, false],
  ['503 with a challenge', () => new Response('', { status: 503, headers: { 'www-authenticate': 'Basic' } }), true, false],
  ['a redirect', () => new Response(null, { status: 302 }), true, false],
  ['201 with an OAuth error', () => refusal('use_dpop_nonce', 201), true, false],
]

describe('the table of what may be sent again (docs/LIFECYCLE.md)', () => {
  it.each(outcomes)('S-D49: after %s', async (_, answered, safe, ifRefused) => {
    for (const [replay, isAgain] of [
      ['safe', safe],
      ['if_refused', ifRefused],
    ] as const) {
      const retry = vi.fn(() => 0)
      const { answer, send, sent } = await startProbe([{ name: 'x', exchange: { retry } }])
      answer(answered, Response.json({}))
      const error = await send({}, { replay }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect([replay, isOidcError(error), sent()]).toEqual([replay, !isAgain, isAgain ? 2 : 1])
      // Where core does not let it be sent again, nobody is asked.
      expect(retry).toHaveBeenCalledTimes(isAgain ? 1 : 0)
    }
  })

  it.each(['safe', 'if_refused'] as const)('never a stream as the body (%s)', async (replay) => {
    const { answer, refuse, sent } = await startProbe([persistent()])
    answer(refusal('slow_down', 429), Response.json({}))
    const stream = () => new Response('streamed').body as ReadableStream<Uint8Array>
    await refuse(
      'OAUTH_ERROR',
      { body: stream(), token: { access_token: 'a', token_type: 'Bearer' } },
      { body: 'none', credential: 'token', replay },
    )
    expect(sent()).toBe(1)
  })

  it.each([
    ['a string', 'x'],
    ['bytes', new Uint8Array(3)],
    ['a form', new URLSearchParams({ a: '1' })],
    ['a Blob', new Blob(['x'])],
  ])('but %s again', async (_, body) => {
    const { answer, send, sent } = await startProbe([persistent()])
    answer(refusal('slow_down', 429), Response.json({}))
    await send({ body }, { body: 'none' })
    expect(sent()).toBe(2)
  })

  it.each(['safe', 'if_refused'] as const)('S-D48: never after the caller’s signal (%s)', async (replay) => {
    const controller = new AbortController()
    const retry = vi.fn(() => 0)
    const { answer, refuse, sent } = await startProbe([{ name: 'x', exchange: { retry } }])
    const reason = new Error('the user went away')
    answer(() => {
      controller.abort(reason)
      return new Promise(() => undefined)
    })
    expect((await refuse('ABORTED', { signal: controller.signal }, { replay })).cause).toBe(reason)
    expect(sent()).toBe(1)
    expect(retry).not.toHaveBeenCalled()
  })

  it('a success is never sent again, nor an answer that cannot be used', async () => {
    const { answer, send, refuse, sent } = await startProbe([persistent()])
    await send()
    answer(new Response('{', { headers: { 'content-type': 'application/json' } }))
    await refuse('RESPONSE_MALFORMED')
    answer(new Response('<html>', { headers: { 'content-type': 'text/html' } }))
    await refuse('RESPONSE_CONTENT_TYPE')
    answer(refusal('invalid_grant', 200))
    await refuse('OAUTH_ERROR')
    expect(sent()).toBe(4)
  })

  const resource = { accept: 'response', endpoint: null, replay: 'if_refused', body: 'none', credential: 'none', status: [] } as const

  it.each([
    ['GET', 503, 2],
    ['HEAD', 503, 2],
    ['OPTIONS', 503, 2],
    ['POST', 503, 1],
    ['PUT', 503, 1],
    ['DELETE', 503, 1],
    ['PATCH', 503, 1],
    ['GETX', 503, 1],
    ['POST', 429, 2],
    ['GET', 500, 1],
    ['GET', 200, 1],
    ['GET', 403, 1],
    ['GET', 302, 1],
  ])('a protected resource: %s answered %i is sent %i times; then its last Response is the result', async (method, status, times) => {
    const { issuer, client } = await startProbe([persistent()])
    issuer.answer('resource', new Response(null, { status }), new Response(null, { status: 204 }))
    const response = (await request(client, probe({ ...resource, parse: (given) => given }), { url: issuer.resource, method })) as Response
    expect(issuer.requestsTo('resource')).toHaveLength(times)
    expect(response.status).toBe(times === 2 ? 204 : status)
  })

  it('a protected resource: GET without an answer is sent again, POST is not; 401 with a challenge is, whatever the method', async () => {
    const { issuer, client } = await startProbe([persistent()])
    const ask = (method: string) => request(client, probe({ ...resource, parse: () => 'given' }), { url: issuer.resource, method })
    issuer.answer('resource', down, new Response(''))
    expect(await ask('GET')).toBe('given')
    issuer.answer('resource', down)
    expect(await caught(() => ask('POST'))).toMatchObject({ code: 'NETWORK_ERROR' })
    expect(issuer.requestsTo('resource')).toHaveLength(3)
    const challenge = () => new Response('', { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"' } })
    for (const method of ['GET', 'POST']) {
      issuer.answer('resource', challenge, new Response(''))
      expect(await ask(method)).toBe('given')
    }
    expect(issuer.requestsTo('resource')).toHaveLength(7)
  })

  it('lets go of a Response that is not the last', async () => {
    const cancel = vi.fn()
    const { issuer, client } = await startProbe([persistent()])
    issuer.answer('resource', () => new Response(new ReadableStream({ cancel }), { status: 503 }), new Response('last'))
    const response = await request(client, probe({ ...resource }), { url: issuer.resource, method: 'GET' })
    expect(cancel).toHaveBeenCalledOnce()
    expect(await (response as Response).text()).toBe('last')
  })
})

describe('the end of a call', () => {
  afterEach(() => void vi.useRealTimers())

  it('S-D42: a fetch that never settles ends with the timeout of the call, or else of the client (F-L4)', async () => {
    vi.useFakeTimers()
    const { answer, refuse } = await startProbe([], { timeout: 3 })
    answer(() => new Promise(() => undefined))
    for (const [timeout, seconds] of [
      [0.5, 0.5],
      [undefined, 3],
    ] as const) {
      const refused = refuse('TIMEOUT', { timeout })
      await vi.advanceTimersByTimeAsync(seconds * 1000)
      expect((await refused).message).toContain(`within ${seconds} seconds`)
    }
  })

  it('S-D41: so does a body that drips a byte every 300 milliseconds', async () => {
    vi.useFakeTimers()
    const { answer, refuse } = await startProbe()
    answer(
      () =>
        new Response(new ReadableStream({ start: (controller) => void setInterval(() => controller.enqueue(Uint8Array.of(32)), 300) }), {
          headers: { 'content-type': 'application/json' },
        }),
    )
    const refused = refuse('TIMEOUT')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await refused).toMatchObject({ operation: 'probe', retryable: true })
  })

  it.each([
    ['safe', 3],
    ['if_refused', 1],
  ] as const)('S-D49: a timeout is an answer that was lost (%s): sent %i times, each with its own time', async (replay, times) => {
    vi.useFakeTimers()
    const { answer, refuse, sent } = await startProbe([persistent()])
    answer(() => new Promise(() => undefined))
    const refused = refuse('TIMEOUT', {}, { replay })
    await vi.advanceTimersByTimeAsync(30_000)
    await refused
    expect(sent()).toBe(times)
  })

  it('S-D48: a signal that is aborted already sends nothing', async () => {
    const { refuse, issuer } = await startProbe([persistent()])
    const reason = new Error('before')
    expect(await refuse('ABORTED', { signal: AbortSignal.abort(reason) })).toMatchObject({ cause: reason, operation: 'probe' })
    expect(issuer.requests).toEqual([])
  })

  it('S-D48: an abort in the middle of the body ends it', async () => {
    const controller = new AbortController()
    const { answer, refuse } = await startProbe()
    answer(() => new Response(new ReadableStream({ pull: () => controller.abort() }), { headers: { 'content-type': 'application/json' } }))
    await refuse('ABORTED', { signal: controller.signal })
  })
})

describe('any answer at all', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc
      .constantFrom('', '{', '{"error":"x"}', '{"a":1,"a":2}', `{"access_token":"${canaries.token}"}`)
      .map((text) => new TextEncoder().encode(text)),
  )
  const header = fc.stringMatching(/^[\x20-\x7e]{0,40}$/)
  const headers = fc.record(
    {
      'content-type': fc.oneof(header, fc.constantFrom('application/json', 'text/html', 'application/jwt')),
      'content-length': fc.oneof(header, fc.nat().map(String)),
      'content-encoding': fc.constantFrom('gzip', 'identity', 'gzip, gzip', ''),
      'www-authenticate': header,
      'retry-after': header,
      location: header,
    },
    { requiredKeys: [] },
  )

  it('gives a result or an OidcError, never anything else, and never a secret', async () => {
    const { client, answer, events } = await startProbe([
      onProbe('x', { accept: { 'application/jwt': (body: Uint8Array) => JSON.parse(String(body)) } }),
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 200, max: 599 }),
        headers,
        fc.array(bytes, { maxLength: 4 }),
        fc.boolean(),
        async (status, given, pieces, breaks) => {
          const hasBody = ![204, 205, 304].includes(status)
          const body = new ReadableStream<Uint8Array>({
            start(controller) {
              for (const piece of pieces) controller.enqueue(piece)
              if (breaks) controller.error(new TypeError(canaries.token))
              else controller.close()
            },
          })
          answer(() => new Response(hasBody ? body : null, { status, headers: given as Record<string, string> }))
          try {
            await request(client, probe())
          } catch (error) {
            if (!isOidcError(error)) throw new Error('something else was thrown', { cause: error })
            expect(error.plugin ?? 'x').toBe('x')
            expectNoSecret(error)
          }
        },
      ),
      { numRuns: 500 },
    )
    expectNoSecret(events)
  })

  it('cut into any pieces gives the same result', async () => {
    const { client, answer } = await startProbe()
    const piece = fc.integer({ min: 1, max: 40 })
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string({ unit: 'grapheme' })),
        fc.array(piece, { minLength: 1, maxLength: 8 }),
        async (text, sizes) => {
          const whole = new TextEncoder().encode(text)
          const outcome = (body: BodyInit) => {
            answer(() => new Response(body, { headers: { 'content-type': 'application/json' } }))
            return request(client, probe()).catch((error: unknown) => (isOidcError(error) ? error.message : error))
          }
          const pieces = new ReadableStream<Uint8Array>({
            start(controller) {
              for (let at = 0, i = 0; at < whole.length; i++) {
                const size = sizes[i % sizes.length] ?? 1
                controller.enqueue(whole.subarray(at, at + size))
                at += size
              }
              controller.close()
            },
          })
          expect(await outcome(pieces)).toEqual(await outcome(whole))
        },
      ),
    )
  })
})
