import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse, startOfTime } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import { type Client, type ClientOptions, clientCredentialsGrant, createClient, type Tokens } from '../index.js'
import { type PollOptions, poll } from '../plugin.js'

const pending = () => jsonResponse({ error: 'authorization_pending' }, 400)
const slowDown = () => jsonResponse({ error: 'slow_down' }, 400)
const status = (code: number, headers: Record<string, string> = {}) =>
  new Response('<html>', { status: code, headers: { 'content-type': 'text/html', ...headers } })
const down = () => Promise.reject(new TypeError('fetch failed'))

async function createPoller(options: Partial<ClientOptions> = {}) {
  const server = await createIssuer()
  const client = createClient(server.metadata, server.options(options))
  const asked: number[] = []
  const ask = (own: Client = client): Promise<Tokens> => {
    asked.push(server.clock.now() - startOfTime)
    return clientCredentialsGrant(own)
  }
  return {
    server,
    client,
    asked,
    ask,
    slept: server.clock.slept,
    poll: (settings: Partial<PollOptions> = {}) => poll(client, { expires_in: 600, ...settings }, ask),
  }
}

describe('poll (RFC 8628, 3.5)', () => {
  it('S-K01: waits five seconds before the first request and between two, where no interval is given', async () => {
    const { poll, server, asked } = await createPoller()
    server.answer('token', pending, pending, (_, own) => own())
    expect(await poll()).toMatchObject({ token_type: 'Bearer' })
    expect(asked).toEqual([5, 10, 15])
    const other = await createPoller()
    await other.poll({ interval: undefined })
    expect(other.asked).toEqual([5])
  })

  it('waits as long as the server wants', async () => {
    const { poll, server, asked } = await createPoller()
    server.answer('token', pending, (_, own) => own())
    await poll({ interval: 7 })
    expect(asked).toEqual([7, 14])
  })

  it.each([0.01, 0, -5])('S-K02, S-K03: with an interval of %d it waits a second', async (interval) => {
    const { poll, server, asked } = await createPoller()
    server.answer('token', pending, (_, own) => own())
    await poll({ interval })
    expect(asked).toEqual([1, 2])
  })

  it.each<[string, unknown]>([
    ['interval', '5'],
    ['interval', Number.NaN],
    ['interval', Infinity],
    ['interval', null],
    ['expires_in', '600'],
    ['expires_in', Number.NaN],
    ['expires_in', Infinity],
    ['expires_in', undefined],
  ])('S-K02: an %s of %o is refused: nothing would ever expire, or there would be no wait', async (name, value) => {
    const { poll, server, slept } = await createPoller()
    await expectRefusal(poll({ [name]: value }), 'OPTION_INVALID', { says: [`option ${name} is`, 'a number of seconds'] })
    expect([server.requests, slept]).toEqual([[], []])
  })

  it('slow_down adds five seconds to this and all further waits', async () => {
    const { poll, server, slept } = await createPoller()
    server.answer('token', pending, slowDown, pending, slowDown, pending, (_, own) => own())
    await poll()
    expect(slept).toEqual([5, 5, 10, 10, 15, 15])
  })

  it('S-K08, S-K09: a server in trouble is asked half as often each time, and as before once it is well', async () => {
    const { poll, server, slept } = await createPoller()
    server.answer(
      'token',
      down,
      () => status(500),
      () => status(502),
      pending,
      pending,
      (_, own) => own(),
    )
    await poll()
    expect(slept).toEqual([5, 10, 20, 40, 5, 5])
  })

  it.each<[string, () => Response]>([
    ['HTML with status 200', () => status(200)],
    ['broken JSON with status 200', () => new Response('{"acc', { headers: { 'content-type': 'application/json' } })],
    ['HTML with status 500', () => status(500)],
  ])('S-K09: %s is no end, whether first or later', async (_, broken) => {
    const { poll, server, slept } = await createPoller()
    server.answer('token', broken, pending, broken, (_, own) => own())
    expect(await poll()).toMatchObject({ token_type: 'Bearer' })
    expect(slept).toEqual([5, 10, 5, 10])
  })

  it.each<[string, () => Response, 'HTTP_STATUS' | 'REDIRECT_REFUSED']>([
    ['HTML with status 403', () => status(403), 'HTTP_STATUS'],
    ['a redirect', () => status(302, { location: 'https://portal.example/' }), 'REDIRECT_REFUSED'],
  ])('S-K09: %s is no end once the server has answered; before, the address is wrong', async (_, foreign, code) => {
    const { poll, server, slept } = await createPoller()
    server.answer('token', pending, foreign, (_, own) => own())
    expect(await poll()).toMatchObject({ token_type: 'Bearer' })
    expect(slept).toEqual([5, 5, 10])
    const other = await createPoller()
    other.server.answer('token', foreign)
    await expectRefusal(other.poll(), code)
    expect(other.asked).toHaveLength(1)
  })

  it('S-K09: what the trouble was is the cause when time is up, and none where the server was well', async () => {
    const { poll, server } = await createPoller()
    server.answer('token', () => status(200))
    expect((await expectRefusal(poll({ expires_in: 20 }), 'POLL_EXPIRED')).cause).toMatchObject({ code: 'RESPONSE_CONTENT_TYPE' })
    server.answer('token', () => status(500), pending)
    expect((await expectRefusal(poll({ expires_in: 20 }), 'POLL_EXPIRED')).cause).toBeUndefined()
  })

  it('S-K08: a request that times out is no end', async () => {
    const { server, asked, ask, client } = await createPoller()
    const impatient = createClient(server.metadata, server.options({ timeout: 0.001 }))
    server.answer(
      'token',
      () => new Promise(() => {}),
      (_, own) => own(),
    )
    let first = true
    const result = await poll(client, { expires_in: 600 }, () => {
      const own = first ? impatient : client
      first = false
      return ask(own)
    })
    expect(result).toMatchObject({ token_type: 'Bearer' })
    expect(asked).toEqual([5, 15])
  })

  it('S-K10, F-H7: Retry-After is honoured where it is longer, and forgotten after that wait', async () => {
    const { poll, server, slept } = await createPoller()
    const date = new Date((startOfTime + 5 + 60 + 100) * 1000).toUTCString()
    server.answer(
      'token',
      () => status(503, { 'retry-after': '60' }),
      () => status(503, { 'retry-after': date }),
      pending,
      (_, own) => own(),
    )
    await poll()
    expect(slept).toEqual([5, 60, 100, 5])
    const other = await createPoller()
    other.server.answer('token', jsonResponse({ error: 'authorization_pending' }, 400, { 'retry-after': '12' }), (_, own) => own())
    await other.poll()
    expect(other.slept).toEqual([5, 12])
  })

  it.each(['1', '-1', 'soon', ''])('a Retry-After of %j does not shorten the wait', async (value) => {
    const { poll, server, slept } = await createPoller()
    server.answer(
      'token',
      () => status(503, { 'retry-after': value }),
      (_, own) => own(),
    )
    await poll()
    expect(slept).toEqual([5, 10])
  })

  it('S-K04, S-K10: no wait goes beyond the expiry, and then nothing more is asked', async () => {
    const { poll, server, asked, slept } = await createPoller()
    await expectRefusal(poll({ interval: 1e9, expires_in: 30 }), 'POLL_EXPIRED', { says: ['within 30 seconds', 'Start again.'] })
    expect([asked, slept]).toEqual([[], [30]])
    server.answer('token', () => status(503, { 'retry-after': '80000' }))
    await expectRefusal(poll({ expires_in: 100 }), 'POLL_EXPIRED')
    expect(slept).toEqual([30, 5, 95])
    expect(asked).toHaveLength(1)
  })

  it('ends when nobody answers in time', async () => {
    const { poll, server, asked, slept } = await createPoller()
    server.answer('token', pending)
    await expectRefusal(poll({ expires_in: 12 }), 'POLL_EXPIRED')
    expect(asked).toEqual([5, 10])
    await expectRefusal(poll({ expires_in: 0 }), 'POLL_EXPIRED')
    await expectRefusal(poll({ expires_in: -5 }), 'POLL_EXPIRED', { says: ['expired already', 'Start again.'] })
    expect(asked).toHaveLength(2)
    expect(slept).toEqual([5, 5, 2, 0, 0])
  })

  it('S-K18: after a sleep of the machine past the expiry nothing is asked', async () => {
    const { server, asked, ask } = await createPoller()
    const { clock } = server
    const sleepy = createClient(
      server.metadata,
      server.options({ clock: { now: clock.now, sleep: async (seconds) => clock.advance(seconds + 10_000) } }),
    )
    await expectRefusal(poll(sleepy, { expires_in: 600 }, ask), 'POLL_EXPIRED')
    expect(asked).toEqual([])
  })

  it.each(['access_denied', 'expired_token', 'invalid_grant', 'something_else'])('S-K12: %s ends it at once', async (error) => {
    const { poll, server, asked } = await createPoller()
    server.answer('token', pending, jsonResponse({ error }, 400))
    expect((await expectRefusal(poll(), 'OAUTH_ERROR', { says: [error] })).error).toBe(error)
    expect(asked).toHaveLength(2)
  })

  it('S-K12: an answer that is no good ends it at once', async () => {
    const { poll, server, asked } = await createPoller()
    server.answer('token', jsonResponse({ token_type: 'Bearer' }))
    await expectRefusal(poll(), 'TOKEN_RESPONSE_INVALID')
    expect(asked).toHaveLength(1)
  })

  it('what is no OidcError goes on as it is', async () => {
    const { client } = await createPoller()
    for (const own of [new RangeError('mine'), Object.assign(new Error('mine'), { retryable: true, error: 'slow_down' }), undefined])
      await expect(poll(client, { expires_in: 600 }, () => Promise.reject(own))).rejects.toBe(own)
  })

  it('S-K13: the signal of the caller ends the wait, and nothing more is asked', async () => {
    const { poll, server, asked } = await createPoller()
    const controller = new AbortController()
    server.answer('token', () => {
      controller.abort(new Error('enough'))
      return pending()
    })
    const error = await expectRefusal(poll({ signal: controller.signal }), 'ABORTED', { says: ['ended the wait'] })
    expect(error.cause).toBe(controller.signal.reason)
    expect(asked).toHaveLength(1)
    await expectRefusal(poll({ signal: AbortSignal.abort() }), 'ABORTED')
    expect(asked).toHaveLength(1)
  })

  it('onPoll is told before each wait how long it is, and how long the request lives', async () => {
    const { poll, server } = await createPoller()
    const states: object[] = []
    server.answer('token', slowDown, (_, own) => own())
    await poll({ expires_in: 13, onPoll: (state) => states.push(state) }).catch(() => undefined)
    expect(states).toEqual([
      { nextIn: 5, expiresIn: 13 },
      { nextIn: 8, expiresIn: 8 },
    ])
  })

  it('F-H9: atOnce sends the first request without a wait, and only that one', async () => {
    const { poll, server, asked, slept } = await createPoller()
    server.answer('token', pending, (_, own) => own())
    await poll({ atOnce: true })
    expect([asked, slept]).toEqual([[0, 5], [5]])
  })

  it('atOnce asks nothing where the request has expired, or the signal was given', async () => {
    const { client } = await createPoller()
    let asked = 0
    const ask = async () => ++asked
    await expectRefusal(poll(client, { atOnce: true, expires_in: 0 }, ask), 'POLL_EXPIRED')
    await expectRefusal(poll(client, { atOnce: true, expires_in: 60, signal: AbortSignal.abort() }, ask), 'ABORTED')
    expect(asked).toBe(0)
  })

  it('S-L18: with longPolling the interval counts from when the last request was sent', async () => {
    const { poll, server, asked, slept } = await createPoller()
    const held = (seconds: number) => () => {
      server.clock.advance(seconds)
      return pending()
    }
    server.answer('token', held(3), held(30), held(5), (_, own) => own())
    await poll({ longPolling: true })
    expect(asked).toEqual([5, 10, 40, 45])
    expect(slept).toEqual([5, 2])
  })

  it('without longPolling a slow server gets the whole interval', async () => {
    const { poll, server, slept } = await createPoller()
    server.answer(
      'token',
      () => {
        server.clock.advance(3)
        return pending()
      },
      (_, own) => own(),
    )
    await poll()
    expect(slept).toEqual([5, 5])
  })

  it('S-L18: with longPolling, slow_down, Retry-After and trouble still make it wait', async () => {
    const { poll, server, slept } = await createPoller()
    const answerLater = (seconds: number, answer: () => Response) => () => {
      server.clock.advance(seconds)
      return answer()
    }
    server.answer(
      'token',
      answerLater(8, slowDown),
      answerLater(30, () => status(500)),
      answerLater(1, () => jsonResponse({ error: 'authorization_pending' }, 400, { 'retry-after': '12' })),
      (_, own) => own(),
    )
    await poll({ longPolling: true })
    expect(slept).toEqual([5, 2, 20, 12])
  })

  it('whatever the server answers, no wait is shorter than the interval unless the request expires, and none goes beyond the expiry', async () => {
    const answers = { pending, slowDown, trouble: () => status(500), later: () => status(503, { 'retry-after': '33' }), down }
    const script = fc.array(fc.constantFrom(...(Object.keys(answers) as (keyof typeof answers)[])), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(script, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 900 }), async (names, interval, expires_in) => {
        const { poll, server, slept, asked } = await createPoller()
        server.answer('token', ...names.map((name) => answers[name]))
        const error = await poll({ interval, expires_in }).catch((thrown: unknown) => thrown)
        expect(error).toHaveProperty('code', 'POLL_EXPIRED')
        expect(server.clock.now() - startOfTime).toBe(expires_in)
        let least = interval
        for (const [i, wait] of slept.slice(0, -1).entries()) {
          if (i > 0 && (names[i - 1] ?? names.at(-1)) === 'slowDown') least += 5
          expect(wait).toBeGreaterThanOrEqual(least)
        }
        expect(asked.length).toBe(slept.length - 1)
      }),
      { numRuns: 100 },
    )
  })
})
