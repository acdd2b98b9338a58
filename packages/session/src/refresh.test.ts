import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTokenSource, memoryLock, memoryStore, type TokenSourceOptions } from './index.js'
import { type Answer, createServer, issuer, json, login, refused, startTime } from './session.test-server.js'

const key = 'session-1'

/** A session whose access token has expired. */
async function expired(options: TokenSourceOptions = {}, tokens = login) {
  const server = createServer()
  const store = memoryStore()
  const open = (more: TokenSourceOptions = {}) => createTokenSource(server.client(), undefined, { store, key, ...options, ...more })
  await createTokenSource(server.client(), tokens, { store, key }).token()
  server.clock.advance(3600)
  const stored = () => JSON.parse(store.get(key) ?? 'null')
  return { server, store, open, source: open(), stored }
}

const lost: Answer = () => Promise.reject(new TypeError('fetch failed'))
/** The server does its part, and nobody hears of it. */
const answerLost: Answer = (own) => {
  own()
  throw new TypeError('fetch failed')
}

describe('a refresh', () => {
  it('F-S7: comes a little before the end, at most 90 seconds, and the new tokens are stored', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    server.clock.advance(3600 - 91)
    expect(await source.token()).toBe('canary-access-0')
    server.clock.advance(31)
    expect(await source.token()).toBe('canary-access-1')
    expect(JSON.parse(store.get(key) ?? '').tokens).toMatchObject({
      access_token: 'canary-access-1',
      refresh_token: 'canary-refresh-1',
      expires_at: startTime + 3540 + 3600,
    })
    expect(await source.token()).toBe('canary-access-1')
    expect(server.seen).toHaveLength(1)
  })

  it('the moment differs from token to token, so that sessions of one moment do not come back in one moment', async () => {
    const moments: number[] = []
    for (let i = 0; i < 20; i++) {
      const store = memoryStore()
      await createTokenSource(createServer().client(), { ...login, access_token: `access-${i}` }, { store, key }).token()
      const { due } = JSON.parse(store.get(key) ?? '')
      expect(due).toBeGreaterThan(startTime + 3600 - 91)
      expect(due).toBeLessThanOrEqual(startTime + 3600 - 60)
      moments.push(due)
    }
    expect(Math.max(...moments) - Math.min(...moments)).toBeGreaterThan(15)
  })

  it('of a short life, a tenth is what it may come early', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), { ...login, expires_in: 20, expires_at: startTime + 20 })
    server.clock.advance(16)
    await source.token()
    expect(server.seen).toEqual([])
    server.clock.advance(2)
    await source.token()
    expect(server.sent()).toEqual(['canary-refresh-0'])
  })

  it('S-M10: fifty callers in one process, in one source or in fifty, send one request and get the same', async () => {
    const { server, open, source } = await expired()
    const sources = Array.from({ length: 50 }, () => open())
    const results = await Promise.all([...sources.map((one) => one.token()), ...sources.map(() => source.token())])
    expect(new Set(results)).toEqual(new Set(['canary-access-1']))
    expect(server.sent()).toEqual(['canary-refresh-0'])
  })

  it('S-M10: sources without a store share one as long as they have the same client and tokens', async () => {
    const server = createServer()
    const client = server.client()
    const sources = Array.from({ length: 50 }, () => createTokenSource(client, login))
    server.clock.advance(3600)
    await Promise.all(sources.map((source) => source.token()))
    server.clock.advance(3600)
    await Promise.all(sources.map((source) => source.token()))
    expect(await createTokenSource(client, login).token()).toBe('canary-access-2')
    expect(server.sent()).toEqual(['canary-refresh-0', 'canary-refresh-1'])
  })

  it('S-M10: a failure is told to all who wait, and not kept', async () => {
    const { server, open } = await expired()
    server.answer('/token', json({ error: 'temporarily_unavailable' }, 503))
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => open().token()))
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(Array(50).fill('OAUTH_ERROR'))
    expect(await open().token()).toBe('canary-access-1')
    expect(server.sent()).toEqual(['canary-refresh-0', 'canary-refresh-0'])
  })

  it('the signal of one caller lets go of that one alone', async () => {
    const { server, source } = await expired()
    const controller = new AbortController()
    server.answer('/token', (own) => {
      controller.abort()
      return own()
    })
    const [first, second] = await Promise.allSettled([source.token({ signal: controller.signal }), source.token()])
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } })
    expect(second).toMatchObject({ value: 'canary-access-1' })
    await expect(source.token({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('two processes', () => {
  it('S-M11: under a lock the second one reads again, and takes what the first one got', async () => {
    const { server, store, open } = await expired()
    const lock = memoryLock({ clock: server.clock })
    const sources = Array.from({ length: 5 }, () => open({ store: { ...store }, lock }))
    expect(await Promise.all(sources.map((source) => source.token()))).toEqual(Array(5).fill('canary-access-1'))
    expect(server.sent()).toEqual(['canary-refresh-0'])
  })

  it('S-M11: without a lock the mark alone keeps the others away', async () => {
    const { server, store, open } = await expired()
    const sources = Array.from({ length: 5 }, () => open({ store: { ...store } }))
    expect(await Promise.all(sources.map((source) => source.token()))).toEqual(Array(5).fill('canary-access-1'))
    expect(server.sent()).toEqual(['canary-refresh-0'])
  })

  it('S-M11: the mark stands in the store before the refresh token is sent, with the fence of the lock, and is gone afterwards', async () => {
    const { server, open, stored } = await expired()
    const lock = memoryLock({ clock: server.clock })
    await lock.hold('another', { lease: 1 }, async () => undefined)
    let marked: unknown
    server.answer('/token', (own) => {
      marked = stored().refreshing
      return own()
    })
    await open({ lock }).token()
    expect(marked).toEqual({ until: startTime + 3630, fence: 2, owner: expect.any(String) })
    expect(stored()).not.toHaveProperty('refreshing')
  })

  it('S-M11: who has been overtaken adopts, and writes nothing', async () => {
    const { server, store, source, stored } = await expired()
    const newer = { ...login, access_token: 'newer', refresh_token: 'newer-refresh', expires_at: startTime + 7200 }
    server.answer('/token', async (own) => {
      const record = stored()
      delete record.refreshing
      store.set(key, JSON.stringify({ ...record, tokens: newer, due: startTime + 7100, expires: startTime + 7200 }))
      return own()
    })
    expect(await source.token()).toBe('newer')
    expect(stored().tokens).toEqual(newer)
    expect(server.sent()).toHaveLength(1)
  })

  it('a token that is still good is given while another process renews it', async () => {
    const server = createServer()
    const store = memoryStore()
    const [first, second] = [0, 1].map(() => createTokenSource(server.client(), login, { store: { ...store }, key }))
    await Promise.all([first?.token(), second?.token()])
    server.clock.advance(3590)
    let meanwhile: string | undefined
    server.answer('/token', async (own) => {
      meanwhile = await second?.token()
      return own()
    })
    expect(await first?.token()).toBe('canary-access-1')
    expect(meanwhile).toBe('canary-access-0')
    expect(server.sent()).toHaveLength(1)
  })
})

describe('a process that dies', () => {
  /** What a process leaves that was killed while it waited for the answer. */
  async function killed(settings: { readonly spent: boolean; readonly again?: boolean; readonly until?: number }) {
    const session = await expired()
    const { server, store, stored } = session
    const mark = { until: settings.until ?? server.clock.now() - 1, fence: 7, owner: 'dead', ...(settings.again && { again: true }) }
    store.set(key, JSON.stringify({ ...stored(), refreshing: mark }))
    if (settings.spent)
      await server.fetch(`${issuer}/token`, { method: 'POST', body: `grant_type=refresh_token&refresh_token=${login.refresh_token}` })
    return session
  }

  it('S-M12: its lease is waited for, and then the stored token is sent once', async () => {
    const { server, source } = await killed({ spent: false, until: startTime + 3620 })
    expect(await source.token()).toBe('canary-access-1')
    expect(server.sent()).toEqual(['canary-refresh-0'])
    expect(server.clock.now()).toBeGreaterThanOrEqual(startTime + 3620)
  })

  it('S-M12: a lock whose holder died is free after its lease, and the next holder reads before it refreshes', async () => {
    const { server, store, open, stored } = await expired()
    // It had written before it died.
    const write = () => {
      const record = { ...stored(), tokens: { ...login, access_token: 'written' }, due: startTime + 9000, expires: startTime + 9000 }
      store.set(key, JSON.stringify(record))
    }
    const { now } = server.clock
    const lock = memoryLock({ clock: { now, sleep: (seconds) => server.clock.sleep(seconds).then(write) } })
    let end = () => {}
    const dead = lock.hold(key, { lease: 30 }, () => new Promise<void>((resolve) => (end = resolve)))
    expect(await open({ lock }).token()).toBe('written')
    expect(now()).toBeGreaterThanOrEqual(startTime + 3630)
    expect(server.sent()).toEqual([])
    end()
    await dead
  })

  it('S-M14: when its answer was lost with it, invalid_grant ends the session in a typed way, and nothing is sent any more', async () => {
    const { server, store, source, open } = await killed({ spent: true })
    const error = await source.token().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', error: 'invalid_grant', retryable: false })
    expect(server.sent()).toEqual(['canary-refresh-0', 'canary-refresh-0'])
    for (const again of [source, open(), createTokenSource(server.client(), login, { store, key })])
      await expect(again.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(server.sent()).toHaveLength(2)
    expect(store.get(key)).toBeUndefined()
  })

  it('S-M14: before it ends, the store is read once more, for another may have written', async () => {
    const { server, store, source, stored } = await killed({ spent: true })
    server.answer('/token', (own) => {
      const { refreshing: _, ...record } = stored()
      const tokens = { ...login, access_token: 'saved', refresh_token: 'saved-refresh' }
      store.set(key, JSON.stringify({ ...record, tokens, due: startTime + 9000, expires: startTime + 9000 }))
      return own()
    })
    expect(await source.token()).toBe('saved')
  })

  it('S-M14: when the one that sent it again died as well, it is not sent a third time', async () => {
    const { server, source } = await killed({ spent: false, again: true })
    await expect(source.token()).rejects.toMatchObject({
      code: 'REAUTHENTICATION_REQUIRED',
      message: expect.stringContaining('sent twice'),
    })
    expect(server.sent()).toEqual([])
  })

  it('S-M14: a server in trouble does not count as a death', async () => {
    const { server, source, stored } = await killed({ spent: false })
    for (const answer of [json({}, 503), lost, json({}, 500)]) {
      server.answer('/token', answer)
      await expect(source.token()).rejects.toMatchObject({ retryable: true })
      expect(stored().refreshing).toMatchObject({ owner: 'dead' })
      server.clock.advance(61)
    }
    expect(await source.token()).toBe('canary-access-1')
  })

  it('a mark of a clock far ahead is not waited for', async () => {
    const { server, source } = await killed({ spent: false, until: startTime + 1_000_000 })
    expect(await source.token()).toBe('canary-access-1')
    expect(server.clock.now()).toBe(startTime + 3600)
  })
})

describe('what the server says', () => {
  it('S-M13: a lost answer is not followed by a second request; the next call finds out', async () => {
    const { server, source, stored } = await expired()
    server.answer('/token', answerLost)
    await expect(source.token()).rejects.toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
    expect(server.sent()).toHaveLength(1)
    expect(stored().tokens).toEqual(login)
    await expect(source.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', error: 'invalid_grant' })
    await expect(source.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(server.sent()).toHaveLength(2)
  })

  it('S-M13: with replayLost it is sent once more at once, for servers that accept that', async () => {
    const { server, open } = await expired({ replayLost: true })
    server.answer('/token', lost)
    expect(await open().token()).toBe('canary-access-1')
    server.clock.advance(3600)
    server.answer('/token', lost, lost)
    await expect(open().token()).rejects.toMatchObject({ code: 'NETWORK_ERROR' })
    expect(server.sent()).toEqual(['canary-refresh-0', 'canary-refresh-0', 'canary-refresh-1', 'canary-refresh-1'])
  })

  it('S-M13: with replayLost an answer that says no is not followed by a second request', async () => {
    const { server, open } = await expired({ replayLost: true })
    server.answer('/token', json({ error: 'server_error' }, 500))
    await expect(open().token()).rejects.toMatchObject({ code: 'OAUTH_ERROR' })
    expect(server.sent()).toHaveLength(1)
  })

  it('S-M15: invalid_grant removes the tokens and ends in a typed error, without a loop', async () => {
    const { server, store, source } = await expired()
    server.answer('/token', refused('invalid_grant'))
    await expect(source.token()).rejects.toMatchObject({
      code: 'REAUTHENTICATION_REQUIRED',
      message: expect.stringMatching(/Start a new login\.$/),
      error: 'invalid_grant',
      http: { status: 400 },
    })
    expect(store.get(key)).toBeUndefined()
    expect(await source.tokens()).toBeUndefined()
    for (let i = 0; i < 5; i++) await expect(source.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(server.sent()).toHaveLength(1)
    expect(server.events.filter(({ type }) => type.startsWith('session:'))).toEqual([{ type: 'session:ended', reason: 'invalid_grant' }])
  })

  it.each<[string, Answer, string]>([
    ['invalid_client', refused('invalid_client', 401), 'OAUTH_ERROR'],
    ['unauthorized_client', refused('unauthorized_client'), 'OAUTH_ERROR'],
    ['a 500', json({}, 500), 'HTTP_STATUS'],
    ['a 503', new Response('', { status: 503 }), 'HTTP_STATUS'],
    ['a 429', json({ error: 'slow_down' }, 429), 'OAUTH_ERROR'],
    ['a page of HTML', new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'RESPONSE_CONTENT_TYPE'],
    ['a connection that breaks', lost, 'NETWORK_ERROR'],
  ])('S-M16: %s keeps the tokens, and the next call may do better', async (_, answer, code) => {
    const { server, source, stored } = await expired()
    server.answer('/token', answer)
    await expect(source.token()).rejects.toMatchObject({ code })
    expect(stored()).toMatchObject({ tokens: login })
    expect(stored()).not.toHaveProperty('refreshing')
    expect(await source.token()).toBe('canary-access-1')
  })

  it('S-M16: a timeout keeps the tokens too', async () => {
    const { server, source, stored } = await expired()
    server.answer('/token', () => new Promise<Response>(() => {}))
    await expect(source.token({ timeout: 0.001 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(stored().tokens).toEqual(login)
    expect(await source.token()).toBe('canary-access-1')
  })

  it('S-M16: from the second failure on the wait doubles, up to a minute, and no request is sent meanwhile', async () => {
    const { server, source, open } = await expired()
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      server.answer('/token', json({}, 503))
      await expect(source.token()).rejects.toMatchObject({ code: 'HTTP_STATUS' })
      if (i === 0) continue
      const error = await open()
        .token()
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'REFRESH_DEFERRED', cause: { code: 'HTTP_STATUS' } })
      waits.push((error as { http: { retryAfter: number } }).http.retryAfter)
      server.clock.advance(60)
    }
    expect(server.sent()).toHaveLength(9)
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Math.min(60, 2 ** index))
      expect(wait).toBeLessThanOrEqual(Math.min(60, Math.ceil(1.25 * 2 ** index)))
    }
  })

  it('S-M16: Retry-After is kept, within a minute', async () => {
    for (const [asked, kept] of [
      ['20', 20],
      ['3600', 60],
    ] as const) {
      const { server, source } = await expired()
      server.answer('/token', json({}, 503, { 'retry-after': asked }))
      await expect(source.token()).rejects.toMatchObject({ code: 'HTTP_STATUS' })
      server.clock.advance(kept - 1)
      await expect(source.token()).rejects.toMatchObject({ code: 'REFRESH_DEFERRED', retryable: true, http: { retryAfter: 1 } })
      expect(server.sent()).toHaveLength(1)
      server.clock.advance(1)
      expect(await source.token()).toBe('canary-access-1')
    }
  })

  it('S-M16: what the server asks of one session holds for the others of the client', async () => {
    const { server, store } = await expired()
    const client = server.client()
    server.answer('/token', json({}, 429, { 'retry-after': '20' }))
    await expect(createTokenSource(client, undefined, { store, key }).token()).rejects.toMatchObject({ code: 'HTTP_STATUS' })
    const other = { ...login, refresh_token: 'canary-refresh-other' }
    const neighbour = createTokenSource(client, other, { store, key: 'session-2' })
    await expect(neighbour.token()).rejects.toMatchObject({ code: 'REFRESH_DEFERRED', http: { retryAfter: 20 } })
    expect(server.sent()).toHaveLength(1)
    server.clock.advance(20)
    expect(await createTokenSource(client, undefined, { store, key }).token()).toBe('canary-access-1')
  })

  it('S-M16: tokens that are still good bridge the trouble, also with a wrong secret, and onEvent is told', async () => {
    for (const answer of [json({}, 503), lost, refused('invalid_client', 401)]) {
      const server = createServer()
      const source = createTokenSource(server.client(), login)
      server.clock.advance(3590)
      server.answer('/token', answer)
      expect(await source.token()).toBe('canary-access-0')
      expect(server.events.filter(({ type }) => type === 'session:refresh_failed')).toHaveLength(1)
      server.clock.advance(5)
      expect(await source.token()).toBe('canary-access-1')
    }
  })

  it('S-M18: a token without expires_in counts as good for an hour', async () => {
    const { expires_at: _, expires_in: __, ...timeless } = login
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), timeless, { store, key })
    await source.token()
    server.clock.advance(3500)
    expect(await source.token()).toBe('canary-access-0')
    server.clock.advance(100)
    expect(await source.token()).toBe('canary-access-1')
  })
})

describe('clocks', () => {
  it('S-M19: one that jumps ahead by an hour leads to one refresh', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), login)
    await source.token()
    server.clock.advance(3600)
    for (let i = 0; i < 5; i++) expect(await source.token()).toBe('canary-access-1')
    server.clock.advance(-3600)
    for (let i = 0; i < 5; i++) expect(await source.token()).toBe('canary-access-1')
    expect(server.sent()).toHaveLength(1)
  })

  it('S-M19: one that is set back by an hour keeps no token beyond its life: the monotonic clock is asked too', async ({
    onTestFinished,
  }) => {
    const real = performance.now.bind(performance)
    let passed = 0
    performance.now = () => real() + passed
    onTestFinished(() => {
      performance.now = real
    })
    const server = createServer()
    const source = createTokenSource(server.client(), login)
    await source.token()
    server.clock.advance(-3600)
    passed += 3_500_000
    expect(await source.token()).toBe('canary-access-0')
    passed += 100_000
    for (let i = 0; i < 5; i++) expect(await source.token()).toBe('canary-access-1')
    expect(server.sent()).toHaveLength(1)
  })

  it('S-M19: a wait is not kept for an hour because the clock was set back', async () => {
    const { server, source } = await expired()
    server.clock.advance(7200)
    server.answer('/token', json({}, 503, { 'retry-after': '30' }))
    await expect(source.token()).rejects.toMatchObject({ code: 'HTTP_STATUS' })
    server.clock.advance(-3600)
    expect(await source.token()).toBe('canary-access-1')
  })
})

describe('the user stays the same', () => {
  const claims = {
    iss: issuer,
    sub: 'canary-sub',
    aud: 'app',
    exp: startTime + 300,
    iat: startTime,
    auth_time: startTime - 10,
    nonce: 'n-1',
  }

  async function answered(
    changes: Readonly<Record<string, unknown>>,
    more: Readonly<Record<string, unknown>> = {},
    options: TokenSourceOptions = {},
  ) {
    const session = await expired(options, { ...login, id_token: 'old', claims })
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const now = session.server.clock.now()
    const id_token = await new SignJWT({ ...claims, iat: now, exp: now + 300, ...changes })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey)
    session.server.answer('/jwks', json({ keys: [await exportJWK(publicKey)] }))
    session.server.answer('/token', async (own) => json({ ...(await own().json()), id_token, ...more }))
    // What discovery of the algorithm needs.
    const source = createTokenSource(session.server.client({ id_token_signed_response_alg: 'ES256' }), undefined, {
      store: session.store,
      key,
      ...options,
    })
    return { ...session, source }
  }

  it('an ID token of the same user takes the place of the old one', async () => {
    const { source } = await answered({ auth_time: startTime + 5 })
    await source.token()
    expect(await source.tokens()).toMatchObject({
      access_token: 'canary-access-1',
      claims: { sub: 'canary-sub', auth_time: startTime + 5 },
    })
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['S-M01: another sub', { sub: 'another' }],
    ['S-M02: another iss', { iss: 'https://other.example' }],
    ['S-M02: another aud', { aud: ['app', 'api'], azp: 'app' }],
    ['S-M03: an auth_time that went backwards', { auth_time: startTime - 11 }],
    ['S-M03: an auth_time beyond iat', { auth_time: startTime + 5000 }],
    ['S-M04: an azp that was not there', { azp: 'app' }],
    ['S-M05: another nonce', { nonce: 'n-2' }],
  ])('%s is refused, and the old session stays as it was', async (_, changes) => {
    const { source, stored } = await answered(changes)
    const before = stored()
    const error = await source.token().catch((thrown: { code: string }) => thrown)
    expect(error).toMatchObject({ code: expect.stringMatching(/^ID_TOKEN_/) })
    expect(stored()).toEqual(before)
    expect(await source.tokens()).toMatchObject({ claims: { sub: 'canary-sub' } })
  })

  it('S-M03: with sameAuthTime a later one is refused as well', async () => {
    const { source, stored } = await answered({ auth_time: startTime + 5 }, {}, { sameAuthTime: true })
    await expect(source.token()).rejects.toMatchObject({ code: 'REFRESH_AUTH_TIME' })
    expect(stored().tokens.claims.auth_time).toBe(startTime - 10)
    const same = await answered({}, {}, { sameAuthTime: true })
    expect(await same.source.token()).toBe('canary-access-1')
  })

  it('S-M07: without an ID token the old claims are kept', async () => {
    const { source, stored } = await answered({}, { id_token: undefined })
    await source.token()
    expect(stored().tokens).toMatchObject({ access_token: 'canary-access-1', id_token: 'old', claims })
  })

  it('S-M09: tokens of another type are refused', async () => {
    const { server, store, stored } = await expired({}, { ...login, token_type: 'DPoP' })
    const source = createTokenSource(server.client(), undefined, { store, key })
    await expect(source.token()).rejects.toMatchObject({ code: 'TOKEN_TYPE_CHANGED' })
    expect(stored().tokens).toMatchObject({ token_type: 'DPoP', access_token: 'canary-access-0' })
  })

  it('an answer that is refused is not covered up by a token that is still good', async () => {
    const { server, source } = await answered({ sub: 'another' })
    server.clock.advance(-20)
    await expect(source.token()).rejects.toMatchObject({ code: 'ID_TOKEN_CONTINUITY' })
  })
})

describe('where refresh tokens go', () => {
  it('S-M20: not to another origin that the metadata names by now', async () => {
    const { server, store, stored } = await expired()
    const moved = server.client({}, { token_endpoint: 'https://evil.example/token' })
    const source = createTokenSource(moved, undefined, { store, key })
    await expect(source.token()).rejects.toMatchObject({
      code: 'SESSION_ISSUER_MISMATCH',
      message: expect.stringContaining('token_endpoint'),
    })
    expect(server.seen).toEqual([])
    expect(stored().tokens).toEqual(login)
  })

  it('S-M20: nor to an alias of that endpoint elsewhere, nor to a revocation endpoint elsewhere', async () => {
    const { server, store } = await expired()
    const aliased = server.client({}, { mtls_endpoint_aliases: { token_endpoint: 'https://evil.example/token' } })
    await expect(createTokenSource(aliased, undefined, { store, key }).token()).rejects.toMatchObject({ code: 'SESSION_ISSUER_MISMATCH' })
    const moved = server.client({}, { revocation_endpoint: 'https://evil.example/revoke' })
    await createTokenSource(moved, undefined, { store, key }).logout()
    expect(server.seen).toEqual([])
  })

  it('S-M20: nor to another issuer, nor with another client_id', async () => {
    const { server, store } = await expired()
    const other = server.client({}, { issuer: 'https://other.example' })
    await expect(createTokenSource(other, undefined, { store, key }).token()).rejects.toMatchObject({ code: 'SESSION_ISSUER_MISMATCH' })
    const namesake = server.client({ client_id: 'other' })
    await expect(createTokenSource(namesake, undefined, { store, key }).token()).rejects.toMatchObject({
      code: 'SESSION_ISSUER_MISMATCH',
    })
    expect(server.seen).toEqual([])
  })

  it('to another path of the same origin they go', async () => {
    const { server, store } = await expired()
    server.answer('/oauth2/token', json({ access_token: 'moved', token_type: 'Bearer' }))
    const moved = server.client({}, { token_endpoint: `${issuer}/oauth2/token` })
    expect(await createTokenSource(moved, undefined, { store, key }).token()).toBe('moved')
  })
})
