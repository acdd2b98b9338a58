import { publicClient } from '@oidc/core'
import { describe, expect, it, vi } from 'vitest'
import {
  type Answer,
  accepted,
  access_token,
  auth_req_id,
  claimNames,
  createWorld,
  failed,
  granted,
  half,
  parameters,
  pending,
  refresh_token,
  reply,
  startTime,
  type WorldOptions,
} from './ciba.test-server.js'
import { initiateBackchannelAuthentication } from './initiate.js'
import { type PollGrantOptions, pollBackchannelAuthenticationGrant } from './poll-grant.js'

async function begin(options: WorldOptions = {}) {
  const world = createWorld(options)
  const authentication = await initiateBackchannelAuthentication(world.client, parameters)
  const poll = (settings: PollGrantOptions = {}) => pollBackchannelAuthenticationGrant(world.client, authentication, settings)
  return { ...world, authentication, poll, asked: () => world.seenAt('/token').map(({ at }) => at - startTime) }
}

describe('poll (CIBA Core 1.0, sections 10.1 and 11)', () => {
  it('F-H9: asks with grant_type and auth_req_id until the tokens come, and verifies the ID token', async () => {
    const { answer, poll, seenAt, asked } = await begin()
    answer('/token', pending, pending, granted())
    const tokens = await poll({ expectedSubject: 'user-canary', parameters: { resource: 'https://a.example/' } })
    expect(tokens).toMatchObject({ access_token, token_type: 'Bearer', claims: { sub: 'user-canary' } })
    expect(asked()).toEqual([5, 10, 15])
    expect(seenAt('/token')[0]?.headers.get('authorization')).toMatch(/^Basic /)
    expect(Object.fromEntries(seenAt('/token')[0]?.body ?? [])).toEqual({
      grant_type: 'urn:openid:params:grant-type:ciba',
      auth_req_id,
      resource: 'https://a.example/',
    })
  })

  it('F-H9: slow_down adds five seconds to this and all further waits', async () => {
    const { answer, poll, slept } = await begin()
    answer('/token', pending, failed('slow_down'), pending, granted())
    await poll()
    expect(slept).toEqual([5, 5, 10, 10])
  })

  it('F-H7: a Retry-After is honoured while the user has not answered', async () => {
    const { answer, poll, slept } = await begin()
    answer('/token', () => new Response('', { status: 503, headers: { 'retry-after': '30' } }), granted())
    await poll()
    expect(slept).toEqual([5, 30])
  })

  it('F-H9: five seconds where the server says nothing', async () => {
    const world = createWorld()
    world.answer('/bc-authorize', accepted({ interval: undefined }))
    await pollBackchannelAuthenticationGrant(world.client, await initiateBackchannelAuthentication(world.client, parameters))
    expect(world.slept).toEqual([5])
  })

  it('S-L03: nothing is asked after expires_in seconds', async () => {
    const { answer, poll, asked, seen } = await begin()
    answer('/token', pending)
    await expect(poll()).rejects.toMatchObject({ code: 'POLL_EXPIRED' })
    expect(Math.max(...asked())).toBeLessThan(120)
    const { length } = seen
    await expect(poll()).rejects.toMatchObject({ code: 'POLL_EXPIRED' })
    expect(seen).toHaveLength(length)
  })

  it('S-L03: polling that is taken up later ends when the request does, not expires_in seconds later', async () => {
    const { answer, poll, advance, asked } = await begin()
    answer('/token', pending)
    advance(100)
    await expect(poll()).rejects.toMatchObject({ code: 'POLL_EXPIRED' })
    expect(asked()).toEqual([105, 110, 115])
  })

  it.each(['access_denied', 'expired_token', 'invalid_grant', 'transaction_failed', 'invalid_client'])(
    '%s ends it at once, by name',
    async (error) => {
      const { answer, poll, seenAt } = await begin()
      answer('/token', failed(error))
      await expect(poll()).rejects.toMatchObject({ code: 'OAUTH_ERROR', error })
      expect(seenAt('/token')).toHaveLength(1)
    },
  )

  it('S-L20: unauthorized_client, for a client that is registered for push, ends it at once, by name', async () => {
    const { answer, poll, seenAt } = await begin()
    answer('/token', failed('unauthorized_client'))
    await expect(poll()).rejects.toMatchObject({ code: 'OAUTH_ERROR', error: 'unauthorized_client' })
    expect(seenAt('/token')).toHaveLength(1)
  })

  it('S-L20: a client of mode push does not poll', async () => {
    const { poll, seenAt } = await begin({ ciba: { mode: 'push' } })
    await expect(poll()).rejects.toMatchObject({ code: 'CIBA_MODE', message: expect.stringContaining('acceptPush') })
    expect(seenAt('/token')).toEqual([])
  })

  it('is ended by the signal, and tells onPoll of each wait', async () => {
    const { answer, poll, seenAt } = await begin()
    answer('/token', pending)
    const controller = new AbortController()
    const waits: unknown[] = []
    const onPoll = (state: unknown) => {
      waits.push(state)
      if (waits.length === 3) controller.abort()
    }
    await expect(poll({ signal: controller.signal, onPoll })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(waits).toEqual([
      { nextIn: 5, expiresIn: 120 },
      { nextIn: 5, expiresIn: 115 },
      { nextIn: 5, expiresIn: 110 },
    ])
    expect(seenAt('/token')).toHaveLength(2)
  })

  it.each([[undefined], [null], [{}], [{ auth_req_id: 5 }], ['req']])('an authentication of %j is refused', async (given) => {
    const { client } = createWorld()
    await expect(pollBackchannelAuthenticationGrant(client, given as never)).rejects.toMatchObject({ code: 'CIBA_OPTION_INVALID' })
  })

  it.each([['soon'], [Number.NaN], [Infinity]])(
    'an authentication that expires at %j is refused: it would never end',
    async (expires_at) => {
      const { client, seen } = createWorld()
      const given = { auth_req_id, expires_at } as never
      await expect(pollBackchannelAuthenticationGrant(client, given)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
      expect(seen).toEqual([])
    },
  )

  it.each([0, -1, Number.NaN, 'soon', null])('a timeout of %j is refused', async (timeout) => {
    const { poll, seenAt } = await begin()
    await expect(poll({ timeout: timeout as never })).rejects.toMatchObject({ code: 'CIBA_OPTION_INVALID' })
    expect(seenAt('/token')).toEqual([])
  })

  it('the authentication survives JSON, and an auth_req_id alone is enough', async () => {
    const { client, authentication } = await begin()
    await pollBackchannelAuthenticationGrant(client, JSON.parse(JSON.stringify(authentication)))
    expect(await pollBackchannelAuthenticationGrant(client, { auth_req_id })).toMatchObject({ access_token })
  })

  it('the caller cannot replace what the request is made of', async () => {
    const { poll, seenAt } = await begin()
    await expect(poll({ parameters: { auth_req_id: 'another' } })).rejects.toMatchObject({ code: 'PARAMETER_RESERVED' })
    expect(seenAt('/token')).toEqual([])
  })
})

describe('long polling (section 10.1)', () => {
  it('S-L18: the interval counts from when the last request was sent, so a held one is followed at once', async () => {
    const { answer, poll, advance, slept, asked } = await begin()
    const held = () => {
      advance(30)
      return pending()
    }
    answer('/token', held, held, granted())
    await poll()
    expect(slept).toEqual([5])
    expect(asked()).toEqual([5, 35, 65])
  })

  it('S-L18: what is left of the interval is still waited for', async () => {
    const { answer, poll, advance, slept } = await begin()
    const held = () => {
      advance(3)
      return pending()
    }
    answer('/token', held, granted())
    await poll()
    expect(slept).toEqual([5, 2])
  })

  it('S-L18: a request may take a minute, whatever the timeout of the client is, and 90 seconds end it', async () => {
    const { answer, poll, slept } = await begin({ client: { timeout: 10 } })
    const arrived: (() => void)[] = []
    const held = (response: Answer) => () =>
      new Promise<Response>((resolve) => {
        arrived.shift()?.()
        releases.push(() => resolve(response()))
      })
    const releases: (() => void)[] = []
    const arrival = () => new Promise<void>((resolve) => arrived.push(resolve))
    answer('/token', held(granted()), held(granted()))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let there = arrival()
      const first = poll()
      await there
      await vi.advanceTimersByTimeAsync(89_999)
      releases[0]?.()
      expect(await first).toMatchObject({ access_token })
      there = arrival()
      const second = poll({})
      await there
      there = arrival()
      await vi.advanceTimersByTimeAsync(90_000)
      await there
      expect(slept).toEqual([5, 5, 10])
      releases[2]?.()
      expect(await second).toMatchObject({ access_token })
    } finally {
      vi.useRealTimers()
    }
  })

  it('S-L18, S-L03: no request is waited for beyond the end of the authentication', async () => {
    const { answer, poll, advance } = await begin()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const there = new Promise<void>((resolve) =>
        answer('/token', () => {
          resolve()
          return new Promise(() => undefined)
        }),
      )
      advance(85)
      const refused = expect(poll()).rejects.toMatchObject({ code: 'POLL_EXPIRED' })
      await there
      advance(30)
      await vi.advanceTimersByTimeAsync(30_000)
      await refused
    } finally {
      vi.useRealTimers()
    }
  })

  it('S-L18: the option timeout, in seconds, is another', async () => {
    const { answer, poll, slept } = await begin()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const there = new Promise<void>((resolve) =>
        answer(
          '/token',
          () => {
            resolve()
            return new Promise(() => undefined)
          },
          granted(),
        ),
      )
      const tokens = poll({ timeout: 2 })
      await there
      await vi.advanceTimersByTimeAsync(1999)
      expect(slept).toEqual([5])
      await vi.advanceTimersByTimeAsync(1)
      expect(await tokens).toMatchObject({ access_token })
      expect(slept).toEqual([5, 10])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('after a ping', () => {
  it('F-H9: the first request goes out at once, and only then the interval is waited for', async () => {
    const { answer, poll, slept, asked } = await begin({ ciba: { mode: 'ping' } })
    answer('/token', pending, granted())
    await poll()
    expect(slept).toEqual([5])
    expect(asked()).toEqual([0, 5])
  })

  it('F-H9: not where the request has expired', async () => {
    const { poll, advance, seenAt } = await begin({ ciba: { mode: 'ping' } })
    advance(120)
    await expect(poll()).rejects.toMatchObject({ code: 'POLL_EXPIRED' })
    expect(seenAt('/token')).toEqual([])
  })
})

describe('the tokens (section 10.1.1)', () => {
  const redeem = async (
    claims: Readonly<Record<string, unknown>>,
    more = {},
    settings: PollGrantOptions = {},
    options: WorldOptions = {},
  ) => {
    const { answer, poll } = await begin(options)
    answer('/token', granted(claims, more))
    return poll(settings)
  }

  it('an ID token must be there', async () => {
    await expect(redeem({}, { id_token: undefined })).rejects.toMatchObject({ code: 'ID_TOKEN_MISSING' })
  })

  it.each([
    ['another audience', { aud: 'another' }, 'ID_TOKEN_AUDIENCE'],
    ['another issuer', { iss: 'https://evil.example' }, 'ID_TOKEN_ISSUER'],
    ['a nonce, and none was sent', { nonce: 'x' }, 'ID_TOKEN_NONCE'],
    ['a wrong at_hash', { at_hash: 'x' }, 'ID_TOKEN_HASH'],
    ['the id of another request', { [claimNames.auth_req_id]: 'another' }, 'CIBA_AUTH_REQ_ID'],
    ['an id that is no text', { [claimNames.auth_req_id]: 5 }, 'CIBA_AUTH_REQ_ID'],
    ['an rt_hash without a refresh token', { [claimNames.rt_hash]: 'x' }, 'CIBA_PUSH_BINDING'],
  ])('an ID token with %s is refused', async (_, claims, code) => {
    await expect(redeem(claims)).rejects.toMatchObject({ code })
  })

  it('what a server binds beyond its duty is checked and taken', async () => {
    const claims = { [claimNames.auth_req_id]: auth_req_id, [claimNames.rt_hash]: await half(refresh_token) }
    expect(await redeem(claims, { refresh_token })).toMatchObject({ refresh_token })
    await expect(redeem(claims, { refresh_token: 'another' })).rejects.toMatchObject({ code: 'ID_TOKEN_HASH' })
  })

  it('F-H9: another user than the expected one is refused', async () => {
    await expect(redeem({ sub: 'other-canary' }, {}, { expectedSubject: 'user-canary' })).rejects.toMatchObject({
      code: 'CIBA_SUBJECT',
      message: expect.not.stringContaining('canary'),
    })
  })

  it('with requireAcr the acr must be one of those that were asked for', async () => {
    const world = createWorld({ client: { requireAcr: true } })
    const authentication = await initiateBackchannelAuthentication(world.client, { ...parameters, acr_values: 'gold silver' })
    world.answer('/token', granted({ acr: 'bronze' }), granted({ acr: 'silver' }))
    await expect(pollBackchannelAuthenticationGrant(world.client, authentication)).rejects.toMatchObject({ code: 'ID_TOKEN_ACR' })
    expect(await pollBackchannelAuthenticationGrant(world.client, authentication)).toMatchObject({ claims: { acr: 'silver' } })
  })

  it('with strictScope no more is taken than was asked for', async () => {
    const strict = { client: { strictScope: true } }
    await expect(redeem({}, { scope: 'openid admin' }, {}, strict)).rejects.toMatchObject({ code: 'SCOPE_WIDER' })
    expect(await redeem({}, { scope: 'openid' }, {}, strict)).toMatchObject({ scope: 'openid' })
  })

  it('a public client names itself in the body', async () => {
    const { poll, seenAt } = await begin({ client: { authentication: publicClient() } })
    await poll()
    expect(seenAt('/token')[0]?.body.get('client_id')).toBe('app')
  })

  it('an answer that is no token response is refused', async () => {
    const { answer, poll } = await begin()
    answer('/token', reply({}))
    await expect(poll()).rejects.toMatchObject({ code: 'TOKEN_RESPONSE_INVALID' })
  })
})
