import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { persistent, refusal, startProbe } from '../../test/probe.js'
import { canaries } from '../../test/refusal.js'
import { oidcError } from '../base/errors.js'
import type { Decode, Plugin } from '../plugin.js'

const accepting = (name: string, accept: Readonly<Record<string, Decode>>): Plugin => ({
  name,
  operations: [{ operation: 'probe', hooks: { accept } }],
})
const typed = (type: string | undefined, body: BodyInit = '{"ok":true}', status = 200) =>
  // A Response without a type of its own: of bytes.
  new Response(typeof body === 'string' ? new TextEncoder().encode(body) : body, {
    status,
    headers: type === undefined ? {} : { 'content-type': type },
  })
const jwt: Decode = (body) => ({ jwt: new TextDecoder().decode(body) })

describe('the header Accept', () => {
  it('has the media type of the operation', async () => {
    const { send, issuer } = await startProbe()
    await send()
    expect(issuer.requests[0]?.headers.accept).toBe('application/json')
  })

  it('has those of plugins first, sorted by plugin, and the operation’s own with q=0.1: a server that can sign does (DESIGN 4)', async () => {
    const { send, issuer } = await startProbe([
      accepting('z', { 'application/cbor': jwt }),
      accepting('a', { 'Application/JWT': jwt, 'application/jose': jwt }),
      { name: 'other', operations: [{ operation: 'other', hooks: { accept: { 'text/plain': jwt } } }] },
    ])
    await send()
    expect(issuer.requests[0]?.headers.accept).toBe('application/jwt, application/jose, application/cbor, application/json;q=0.1')
  })

  it('asks for anything where the caller wants the Response itself', async () => {
    const { send, issuer } = await startProbe()
    await send({}, { accept: 'response' })
    expect(issuer.requests[0]?.headers.accept).toBe('*/*')
    await send({}, { accept: {} })
    expect(issuer.requests[1]?.headers.accept).toBe('*/*')
  })

  it('a media type of the operation’s own cannot be taken over, in whatever letters (PLUGIN_CONFLICT)', async () => {
    const { refuse, sent } = await startProbe([accepting('greedy', { 'application/JSON': jwt })])
    const error = await refuse('PLUGIN_CONFLICT')
    expect(error.message).toContain('Both @oidc/core and greedy want application/json in the slot accept of probe')
    expect(sent()).toBe(0)
  })
})

describe('a successful answer', () => {
  it.each(['application/json', 'Application/JSON; charset=UTF-8', 'APPLICATION/JSON ;x="a,b"', '\tapplication/json'])(
    'S-D20: is JSON under %j: a media type is case-insensitive, its parameters do not matter (RFC 9110, 8.3.1)',
    async (type) => {
      const { answer, send } = await startProbe()
      answer(typed(type))
      expect(await send()).toEqual({ ok: true })
    },
  )

  it('is decoded under any letters of its media type, and only by the decoder of that type', async () => {
    const { answer, send } = await startProbe([accepting('x', { 'application/jwt': jwt })])
    const parameters = fc.constantFrom('', ';charset=utf-8', ' ; profile="x;y"')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('application/json', 'application/jwt'),
        fc.infiniteStream(fc.boolean()),
        parameters,
        async (type, coins, end) => {
          const spelled = [...type].map((c) => (coins.next().value ? c.toUpperCase() : c)).join('')
          answer(typed(spelled + end))
          expect(await send()).toEqual(type === 'application/jwt' ? { jwt: '{"ok":true}' } : { ok: true })
        },
      ),
    )
  })

  it('S-D18: of text/html with valid JSON is refused, and says what was seen and wanted (RFC 6749, 5.1)', async () => {
    const { answer, refuse, sent } = await startProbe([accepting('x', { 'application/jwt': jwt })])
    answer(typed('text/html', `{"access_token":"${canaries.token}"}`))
    const error = await refuse('RESPONSE_CONTENT_TYPE')
    expect(error.message).toContain('answered the probe request with text/html, and application/jwt or application/json is wanted')
    expect(error).toMatchObject({ operation: 'probe', http: { status: 200, url: 'https://as.example/token' }, retryable: false })
    expect(sent()).toBe(1)
  })

  it.each([undefined, '', 'json', 'application/json, text/html', 'application/json,application/json', '/json', 'application/'])(
    'S-D19: with the Content-Type %j is refused: there is none, or it cannot be read',
    async (type) => {
      const { answer, refuse } = await startProbe()
      answer(typed(type))
      expect((await refuse('RESPONSE_CONTENT_TYPE')).message).toContain('with no or an unreadable content type')
    },
  )

  it('of any other media type is refused', async () => {
    const { answer, refuse } = await startProbe()
    const part = fc.stringMatching(/^[a-z0-9!#$&^_.+-]{1,12}$/)
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.tuple(fc.constantFrom('application', 'text'), part),
          fc.constantFrom(['text', 'json'], ['application', 'problem+json']),
        ),
        async ([a, b]) => {
          fc.pre(`${a}/${b}` !== 'application/json')
          answer(typed(`${a}/${b}`))
          await refuse('RESPONSE_CONTENT_TYPE')
        },
      ),
    )
  })

  it.each(['constructor', '__proto__', 'toString'])('a media type cannot reach a member of every object (%s)', async (name) => {
    const { answer, refuse } = await startProbe()
    answer(typed(name))
    await refuse('RESPONSE_CONTENT_TYPE')
  })

  it.each([
    ['S-D32', 'truncated JSON', '{"ok":', 'it is not JSON'],
    ['S-D32', 'trailing garbage', '{"ok":true}x', 'it is not JSON'],
    ['S-D32', 'two values', '{}{}', 'it is not JSON'],
    ['S-D32', 'an empty body', '', 'it is not JSON'],
    ['S-A19', 'a duplicate name', '{"ok":1,"ok":2}', 'a member name appears twice'],
    ['limits.depth', 'deep nesting', `${'['.repeat(33)}${']'.repeat(33)}`, 'it is nested deeper than 32 levels'],
  ])('%s: with %s is malformed, once and for all', async (_id, _what, body, problem) => {
    const { answer, refuse, sent } = await startProbe([persistent()])
    answer(typed('application/json', body))
    const error = await refuse('RESPONSE_MALFORMED')
    expect(error.message).toContain(`with a body that cannot be used: ${problem}`)
    expect(error).toMatchObject({ operation: 'probe', http: { status: 200 }, retryable: false })
    expect(error.cause).toBeUndefined()
    expect(sent()).toBe(1)
  })

  it.each([
    ['invalid UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['UTF-16 with its mark', Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0)],
    ['UTF-16 without', Uint8Array.of(0x7b, 0, 0x7d, 0)],
    ['Latin-1', new Uint8Array(Buffer.from('{"a":"é"}', 'latin1'))],
  ])('S-D45: in %s is refused (RFC 8259, 8.1)', async (_, bytes) => {
    const { answer, refuse } = await startProbe()
    for (const charset of ['', '; charset=utf-16']) {
      answer(typed(`application/json${charset}`, bytes))
      await refuse('RESPONSE_MALFORMED')
    }
  })

  it('the option limits.depth bounds its nesting', async () => {
    const { answer, refuse, send } = await startProbe([], { limits: { depth: 2 } })
    answer(typed('application/json', '[[]]'))
    expect(await send()).toEqual([[]])
    answer(typed('application/json', '[[[]]]'))
    expect((await refuse('RESPONSE_MALFORMED')).message).toContain('deeper than 2 levels')
  })

  it('of an operation that reads no body is taken whatever it is', async () => {
    const { answer, send } = await startProbe()
    for (const response of [typed('text/html', '<html>'), typed(undefined, ''), typed('application/json', '{')]) {
      answer(response)
      expect(await send({}, { accept: {} })).toBeUndefined()
    }
  })

  it('S-D23: with the status 204 is none, where 200 is wanted (RFC 6749, 5.1)', async () => {
    const { answer, refuse } = await startProbe()
    answer(new Response(null, { status: 204 }))
    expect(await refuse('HTTP_STATUS')).toMatchObject({ http: { status: 204 }, message: expect.stringContaining('200 is wanted') })
  })
})

describe('a status of success with an error in it', () => {
  it('S-D26: is the OAuth error (RFC 6749, 5.2)', async () => {
    const { answer, refuse } = await startProbe()
    answer(refusal('invalid_grant', 200))
    expect(await refuse('OAUTH_ERROR')).toMatchObject({ error: 'invalid_grant', http: { status: 200 } })
  })

  it('S-D27: is refused though tokens stand beside it', async () => {
    const { answer, refuse } = await startProbe()
    answer(typed('application/json', JSON.stringify({ error: 'invalid_grant', access_token: canaries.token, token_type: 'Bearer' })))
    expect(await refuse('OAUTH_ERROR')).toMatchObject({ error: 'invalid_grant' })
  })

  it.each([[7], [''], [{}], [[]], [false]])('S-D28: that is %j is refused as well', async (error) => {
    const { answer, refuse } = await startProbe()
    answer(refusal(error, 200))
    expect((await refuse('HTTP_STATUS')).message).toContain('an answer without error is wanted')
  })

  it('of null is none: some servers send every member', async () => {
    const { answer, send } = await startProbe()
    answer(refusal(null, 200))
    expect(await send()).toEqual({ error: null })
  })

  it('in the body of another media type is for its decoder to tell', async () => {
    const { answer, send } = await startProbe([accepting('x', { 'application/jwt': () => ({ error: 'kept' }) })])
    answer(typed('application/jwt'))
    expect(await send()).toEqual({ error: 'kept' })
  })
})

describe('a decoder of a plugin', () => {
  const start = async (decode: Decode) => {
    const probing = await startProbe([accepting('signed', { 'application/jwt': decode }), persistent()])
    probing.answer(typed('application/jwt', canaries.token))
    return probing
  }

  it('may be asynchronous, and gets the bytes and the exchange', async () => {
    const { send, client } = await start(async (body, exchange) => ({
      length: body.length,
      same: exchange.client === client,
      attempt: exchange.attempt,
    }))
    expect(await send()).toEqual({ length: canaries.token.length, same: true, attempt: 1 })
  })

  it('that throws a SyntaxError makes the answer malformed, without its message, which may be the platform’s own and quote the body', async () => {
    const { refuse, sent } = await start((body) => JSON.parse(`"${new TextDecoder().decode(body)}`))
    const error = await refuse('RESPONSE_MALFORMED')
    expect(error.message).toContain('with a body that cannot be used: the plugin signed cannot decode it.')
    expect(error).toMatchObject({ plugin: 'signed', slot: 'operations.accept', http: { status: 200 } })
    expect(sent()).toBe(1)
  })

  it('that throws anything else is named with its slot, and leads to no other attempt', async () => {
    const thrown = new RangeError('x')
    const foreign = await start(() => {
      throw thrown
    })
    expect(await foreign.refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'signed', slot: 'operations.accept', cause: thrown })
    expect(foreign.sent()).toBe(1)
    const own = await start(() => {
      throw oidcError('TOKEN_RESPONSE_INVALID', 'Its own.')
    })
    expect(await own.refuse('TOKEN_RESPONSE_INVALID')).toMatchObject({ plugin: 'signed', slot: 'operations.accept' })
    expect(own.sent()).toBe(1)
  })
})
