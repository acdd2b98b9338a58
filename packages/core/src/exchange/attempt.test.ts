import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { caught } from '../../test/errors.js'
import { createIssuer } from '../../test/issuer.js'
import { persistent, probe, refusal, startProbe } from '../../test/probe.js'
import { canaries } from '../../test/refusal.js'
import { oidcError } from '../base/errors.js'
import { type ClientAuthentication, createClient, privateKeyJwt } from '../index.js'
import { type Exchange, type HttpRequest, type Plugin, type Received, request } from '../plugin.js'

const token = { access_token: 'access-1', token_type: 'Bearer' }
const withHeaders = (name: string, headers: unknown): Plugin => ({ name, exchange: { headers: () => headers as never } })

describe('the order of things in one attempt', () => {
  it('is: client authentication, headers, seal, fetch, unseal, received, and then the answer (docs/LIFECYCLE.md)', async () => {
    const trace: string[] = []
    const log = <T>(step: string, result: T): T => {
      trace.push(step)
      return result
    }
    const authentication: ClientAuthentication = { method: 'own', authenticate: () => log('authenticate', {}) }
    const spy = (name: string): Plugin => ({
      name,
      exchange: {
        headers: () => log(`headers ${name}`, undefined),
        received: () => log(`received ${name}`, undefined),
        retry: () => log(`retry ${name}`, undefined),
      },
    })
    const sealer: Plugin = {
      name: 'sealer',
      exchange: { seal: (sealed) => log('seal', sealed), unseal: (response) => log('unseal', response) },
    }
    const { answer, send } = await startProbe([spy('b'), sealer, spy('a')], {
      authentication,
      onEvent: ({ type }) => log(type, undefined),
    })
    answer(
      () => log('server', refusal('slow_down', 429)),
      () => log('server', Response.json({})),
    )
    await caught(() => send())
    const attempt = 'authenticate|headers a|headers b|seal|request|server|response|unseal|received a|received b'
    expect(trace.join('|')).toBe(`${attempt}|retry a|retry b`)
  })

  it('begins anew for every attempt: client authentication and everything signed is made again', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const issuer = await createIssuer()
    const made: number[] = []
    const proof: Plugin = {
      name: 'proof',
      exchange: { headers: ({ attempt }) => ({ proof: `${attempt}-${made.push(attempt)}` }), retry: () => 0 },
    }
    issuer.answer('token', refusal('slow_down', 429), refusal('slow_down', 429), Response.json({}))
    const client = createClient(issuer.metadata, issuer.options({ authentication: privateKeyJwt(privateKey), use: [proof] }))
    await request(client, probe())
    const sent = issuer.requestsTo('token')
    expect(sent).toHaveLength(3)
    expect(sent.map(({ headers }) => headers.proof)).toEqual(['1-1', '2-2', '3-3'])
    const claims = sent.map(({ form }) =>
      JSON.parse(Buffer.from(String(form.get('client_assertion')).split('.')[1] ?? '', 'base64url').toString()),
    )
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(3)
    expect(new Set(sent.map(({ form }) => form.get('client_assertion'))).size).toBe(3)
  })

  it('client authentication runs once an attempt, and not at all where no client is needed', async () => {
    const authenticate = vi.fn(() => ({}))
    const { send } = await startProbe([], { authentication: { method: 'own', authenticate } })
    await send()
    expect(authenticate).toHaveBeenCalledOnce()
    await send({}, { credential: 'none' })
    await send({ token }, { credential: 'token' })
    expect(authenticate).toHaveBeenCalledOnce()
  })
})

describe('what is sent', () => {
  it('is a form, with the credentials in it', async () => {
    const { send, issuer } = await startProbe()
    await send({ parameters: { a: 'x y', b: ['1', '2'] } })
    expect(issuer.requests[0]).toMatchObject({
      method: 'POST',
      body: 'a=x+y&b=1&b=2&client_id=client-1',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    })
  })

  it('or JSON', async () => {
    const { send, issuer } = await startProbe()
    await send({ json: { a: [1, { b: null }] }, parameters: { c: 'd' } }, { body: 'json' })
    expect(JSON.parse(issuer.requests[0]?.body ?? '')).toEqual({ a: [1, { b: null }], c: 'd', client_id: 'client-1' })
    expect(issuer.requests[0]?.headers['content-type']).toBe('application/json')
  })

  it('or what the caller gives', async () => {
    const { send, issuer } = await startProbe()
    const content = { headers: { 'content-type': 'text/csv', accept: 'text/plain', 'x-own': '1' }, body: 'a,b', method: 'PATCH', token }
    await send(content, { body: 'none', credential: 'token' })
    expect(issuer.requests[0]).toMatchObject({
      method: 'PATCH',
      body: 'a,b',
      headers: { ...content.headers, authorization: 'Bearer access-1' },
    })
  })

  it('the order in which plugins were installed is not seen in any byte of it (DESIGN 4)', async () => {
    const plugins: Plugin[] = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
      name,
      exchange: { headers: () => ({ [`x-${name}`]: name, 'x-all': 'same' }) },
      operations: [
        { operation: 'probe', hooks: { parameters: () => ({ [name]: name, all: 'same' }), accept: { [`x/${name}`]: () => name } } },
      ],
    }))
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(plugins, { minLength: plugins.length }), async (use) => {
        const { send, issuer } = await startProbe(use)
        await send({ parameters: { z: '1' } })
        const [sent] = issuer.requests
        expect(sent?.body).toBe('z=1&a=a&all=same&b=b&c=c&d=d&e=e&client_id=client-1')
        expect(Object.entries(sent?.headers ?? {}).join(';')).toBe(
          'accept,x/a, x/b, x/c, x/d, x/e, application/json;q=0.1;content-type,application/x-www-form-urlencoded;user-agent,oidc-core;x-a,a;x-all,same;x-b,b;x-c,c;x-d,d;x-e,e',
        )
      }),
      { numRuns: 30 },
    )
  })
})

describe('the User-Agent', () => {
  it('F-L6: names the library where the platform lets one be set, unless the caller or a plugin names another', async () => {
    const { send, issuer } = await startProbe()
    await send()
    await send({ headers: { 'user-agent': 'app/1' } })
    expect(issuer.requests.map(({ headers }) => headers['user-agent'])).toEqual(['oidc-core', 'app/1'])
  })

  it('F-L6: is left to a browser, which would ask the server for leave first (CORS)', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' })
    try {
      const { send, issuer } = await startProbe()
      await send()
      expect(issuer.requests[0]?.headers).not.toHaveProperty('user-agent')
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('headers of plugins', () => {
  it('are added in lower case, beside those of core', async () => {
    const { send, issuer } = await startProbe([withHeaders('x', { DPoP: 'proof', 'X-Nothing': undefined }), withHeaders('y', undefined)])
    await send()
    expect(issuer.requests[0]?.headers).toMatchObject({ dpop: 'proof', accept: 'application/json' })
    expect(issuer.requests[0]?.headers).not.toHaveProperty('x-nothing')
  })

  it.each([
    ['accept', '*/*'],
    ['Content-Type', 'text/plain'],
    ['AUTHORIZATION', 'Basic other'],
  ])('cannot replace %s, in whatever letters: the conflict is named and nothing is sent', async (name, value) => {
    const { refuse, sent } = await startProbe([withHeaders('greedy', { [name]: value })])
    const error = await refuse('PLUGIN_CONFLICT', { token }, { credential: 'token' })
    expect(error.message).toContain(`Both the request itself and greedy want the header ${name.toLowerCase()}`)
    expect(error.message).not.toContain(value)
    expect(sent()).toBe(0)
  })

  it('of two plugins in conflict name both, and equal ones are none', async () => {
    const { refuse, sent } = await startProbe([withHeaders('two', { 'x-a': '2' }), withHeaders('one', { 'X-A': '1' })])
    expect((await refuse('PLUGIN_CONFLICT')).message).toContain('Both one and two want the header x-a')
    expect(sent()).toBe(0)
    const equal = await startProbe([withHeaders('two', { 'x-a': '1' }), withHeaders('one', { 'X-A': '1' })])
    await equal.send()
    expect(equal.issuer.requests[0]?.headers['x-a']).toBe('1')
  })

  it.each([[null], ['dpop: x'], [7], [[['dpop', 'x']]], [new Headers({ dpop: 'x' })], [new Map([['dpop', 'x']])]])(
    'given as %o would be left out without a word, and are refused',
    async (headers) => {
      const { refuse, sent } = await startProbe([withHeaders('odd', headers)])
      const error = await refuse('PLUGIN_INVALID')
      expect(error.message).toContain('The plugin odd gives headers as something')
      expect(error.message).toContain('a plain object is wanted')
      expect(sent()).toBe(0)
    },
  )
})

describe('client authentication', () => {
  it('cannot replace a parameter of the caller', async () => {
    const authentication: ClientAuthentication = { method: 'own', authenticate: () => ({ parameters: { scope: 'admin' } }) }
    const { refuse, sent } = await startProbe([], { authentication })
    const error = await refuse('PLUGIN_CONFLICT', { parameters: { scope: 'openid' } })
    expect(error.message).toContain('Both the request itself and client authentication by own want the parameter scope')
    expect(sent()).toBe(0)
  })

  it('comes before the headers of plugins, which cannot replace its own', async () => {
    const authentication: ClientAuthentication = {
      method: 'own',
      authenticate: () => ({ headers: { authorization: `Basic ${canaries.secret}` } }),
    }
    const { refuse } = await startProbe([withHeaders('greedy', { authorization: 'x' })], { authentication })
    await refuse('PLUGIN_CONFLICT')
  })

  it('that throws something foreign is a failure with its name, and an OidcError stays what it is', async () => {
    const thrown = new RangeError('x')
    for (const authenticate of [
      () => Promise.reject(thrown),
      () => {
        throw thrown
      },
    ]) {
      const { refuse, sent } = await startProbe([persistent()], { authentication: { method: 'own', authenticate } })
      expect(await refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'client authentication by own', slot: 'authenticate', cause: thrown })
      expect(sent()).toBe(0)
    }
    const { refuse } = await startProbe([], {
      authentication: { method: 'own', authenticate: () => Promise.reject(oidcError('KEY_INVALID', 'No key.')) },
    })
    expect((await refuse('KEY_INVALID')).plugin).toBeUndefined()
  })

  it.each([
    [{ parameters: null }, true],
    [{ parameters: 'client_id=x' }, false],
    [{ parameters: { client_id: 7 } }, false],
    [undefined, true],
  ])('that gives %j adds nothing, or is refused', async (given, isHarmless) => {
    const { send, refuse } = await startProbe([], { authentication: { method: 'own', authenticate: () => given as never } })
    if (isHarmless) expect(await send()).toEqual({ ok: true })
    else await refuse('PLUGIN_INVALID')
  })
})

describe('the access token', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('of type %s is presented as Bearer (RFC 6750, 2.1)', async (token_type) => {
    const { send, issuer } = await startProbe()
    await send({ token: { access_token: 'a.b', token_type } }, { credential: 'token' })
    expect(issuer.requests[0]?.headers.authorization).toBe('Bearer a.b')
    expect(issuer.requests[0]?.url).not.toContain('a.b')
    expect(issuer.requests[0]?.body).toBe('')
  })

  it('of a type that a plugin knows is presented in its spelling', async () => {
    const { send, issuer } = await startProbe([{ name: 'dpop', exchange: { tokenTypes: ['DPoP'] } }])
    await send({ token: { access_token: 'a', token_type: 'dpop' } }, { credential: 'token' })
    expect(issuer.requests[0]?.headers.authorization).toBe('DPoP a')
  })

  it.each(['mac', 'DPoP', '__proto__', 'constructor', '', 'x'.repeat(9999)])(
    'S-D02, S-D03: of type %j, which nobody here understands, is not used (RFC 6749, 7.1)',
    async (token_type) => {
      const { refuse, sent } = await startProbe()
      const error = await refuse('TOKEN_TYPE_UNSUPPORTED', { token: { access_token: canaries.token, token_type } }, { credential: 'token' })
      expect(error.message.length).toBeLessThan(250)
      expect(error.message).toContain(token_type === 'DPoP' ? '@oidc/dpop' : 'the plugin for that type')
      expect(sent()).toBe(0)
    },
  )
})

describe('seal', () => {
  const sealing = (seal: (request: HttpRequest, exchange: Exchange) => unknown): Plugin => ({
    name: 'sealer',
    exchange: { seal: seal as never },
  })

  it('sees the very bytes that are sent, whatever is in them', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    const header = fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `x-${name}`)
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 3 }))),
        fc.dictionary(header, fc.stringMatching(/^[!-~]{0,10}$/)),
        async (parameters, headers) => {
          const seen: HttpRequest[] = []
          const { send, issuer } = await startProbe([sealing((final) => seen[seen.push(final) - 1]), withHeaders('other', headers)])
          await send({ parameters })
          const [sealed] = seen
          const [sent] = issuer.requests
          expect(sealed).toMatchObject({ url: sent?.url, method: sent?.method, body: sent?.body })
          expect({ ...sealed?.headers }).toEqual({ ...sent?.headers })
          expect(Object.isFrozen(sealed) && Object.isFrozen(sealed?.headers)).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('gives the request that is sent', async () => {
    const { send, issuer } = await startProbe([
      sealing(async (final, { attempt }) => ({
        ...final,
        headers: { ...final.headers, signature: `${attempt}:${String(final.body).length}` },
      })),
    ])
    await send({ parameters: { a: 'b' } })
    expect(issuer.requests[0]).toMatchObject({ body: 'a=b&client_id=client-1', headers: { signature: '1:22' } })
  })

  it.each([undefined, null, 'sealed', [], {}, { url: 'https://as.example/token', method: 'POST' }])(
    'that gives %j is refused by name',
    async (value) => {
      const { refuse, sent } = await startProbe([sealing(() => value)])
      expect(await refuse('PLUGIN_INVALID')).toMatchObject({ plugin: 'sealer', slot: 'exchange.seal' })
      expect(sent()).toBe(0)
    },
  )

  it('cannot send what is signed where no other request may go', async () => {
    for (const [url, code] of [
      ['http://as.example/token', 'URL_INSECURE'],
      ['https://user:secret@as.example/token', 'URL_INVALID'],
      [7, 'URL_INVALID'],
    ] as const) {
      const { refuse, sent } = await startProbe([sealing((final) => ({ ...final, url }))])
      expect(await refuse(code)).toMatchObject({ plugin: 'sealer', slot: 'exchange.seal' })
      expect(sent()).toBe(0)
    }
  })
})

describe('unseal and received', () => {
  it('unseal gives the response that everybody after it sees', async () => {
    const seen: Received[] = []
    const { answer, send } = await startProbe([
      {
        name: 'sealer',
        exchange: { unseal: async (response) => Response.json({ opened: await response.text() }, { headers: { 'x-opened': '1' } }) },
      },
      { name: 'x', exchange: { received: (response) => void seen.push(response) } },
    ])
    answer(new Response('sealed', { headers: { 'content-type': 'text/plain' } }))
    expect(await send()).toEqual({ opened: 'sealed' })
    expect(seen[0]?.headers.get('x-opened')).toBe('1')
  })

  it.each([undefined, null, 'ok', {}, { status: 200 }])('unseal that gives %j is refused by name', async (value) => {
    const { refuse, sent } = await startProbe([{ name: 'sealer', exchange: { unseal: () => value as never } }, persistent()])
    expect(await refuse('PLUGIN_INVALID')).toMatchObject({ plugin: 'sealer', slot: 'exchange.unseal' })
    expect(sent()).toBe(1)
  })

  it('received gets a frozen view of status and headers, with nothing on it that changes them', async () => {
    const seen: Received[] = []
    const { answer, send } = await startProbe([
      {
        name: 'a',
        exchange: {
          received(response) {
            seen.push(response)
            expect(() => Object.assign(response, { status: 500 })).toThrow(TypeError)
            expect(() => Object.assign(response.headers, { get: () => 'text/html' })).toThrow(TypeError)
          },
        },
      },
      { name: 'b', exchange: { received: (response) => void seen.push(response) } },
    ])
    answer(new Response('{}', { status: 200, headers: { 'content-type': 'application/json', 'DPoP-Nonce': 'n' } }))
    await send()
    const [first, second] = seen
    expect(second).toBe(first)
    expect(first?.status).toBe(200)
    expect([first?.headers.get('dpop-nonce'), first?.headers.get('x'), first?.headers.has('DPOP-NONCE')]).toEqual(['n', null, true])
    expect(Object.keys(first ?? {})).toEqual(['status', 'headers'])
    expect(Object.keys(first?.headers ?? {}).sort()).toEqual(['get', 'has'])
  })

  it('received sees every answer: an error, a redirect, and one of each attempt', async () => {
    const statuses: number[] = []
    const { answer, refuse } = await startProbe([
      { name: 'a', exchange: { received: ({ status }) => void statuses.push(status), retry: () => 0 } },
    ])
    answer(refusal('slow_down', 429), new Response('', { status: 503 }), new Response(null, { status: 302 }))
    await refuse('REDIRECT_REFUSED')
    expect(statuses).toEqual([429, 503, 302])
  })
})

describe('an error of a slot', () => {
  const failing = ['headers', 'seal', 'unseal', 'received'] as const
  const throwing = (slot: string, error: unknown): Plugin => ({
    name: 'faulty',
    exchange: {
      [slot]: () => {
        throw error
      },
    },
  })

  it.each(failing)('%s carries plugin and slot, and never leads to another attempt', async (slot) => {
    const sends = slot === 'unseal' || slot === 'received' ? 1 : 0
    for (const error of [oidcError('NETWORK_ERROR', 'As if.', { retryable: true }), oidcError('TIMEOUT', 'As if.'), new TypeError('x')]) {
      const retry = vi.fn(() => 0)
      const { refuse, sent } = await startProbe([throwing(slot, error), { name: 'z', exchange: { retry } }])
      const code = error instanceof TypeError ? 'PLUGIN_FAILED' : error.code
      expect(await refuse(code as 'TIMEOUT')).toMatchObject({ plugin: 'faulty', slot: `exchange.${slot}` })
      expect(sent()).toBe(sends)
      expect(retry).not.toHaveBeenCalled()
    }
  })

  it('retry carries plugin and slot as well, and is not asked again', async () => {
    const { answer, refuse, sent } = await startProbe([throwing('retry', new RangeError('x')), persistent()])
    answer(refusal('slow_down', 429))
    expect(await refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'faulty', slot: 'exchange.retry' })
    expect(sent()).toBe(1)
  })

  it('a slot may be asynchronous, and its rejection is the same', async () => {
    const { refuse } = await startProbe([{ name: 'faulty', exchange: { headers: () => Promise.reject(new RangeError('x')) } }])
    expect(await refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'faulty', slot: 'exchange.headers' })
  })
})
