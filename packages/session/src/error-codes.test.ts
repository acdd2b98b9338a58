import { inspect } from 'node:util'
import { isOidcError } from '@oidc/core'
import { expect, it } from 'vitest'
import { errorCodes, type SessionErrorCode } from './error-codes.js'
import { createTokenSource, memoryLock, memoryStore, type TokenStore } from './index.js'
import { checkAuthTime } from './refresh.js'
import { createServer, json, login, refused, secrets } from './session.test-server.js'

const key = 'session-1'

/** A source whose token has expired, over a server that answers so. */
function expired(answer?: Response, options: Parameters<typeof createTokenSource>[2] = {}) {
  const server = createServer()
  if (answer) server.answer('/token', answer)
  const source = createTokenSource(server.client(), login, options)
  server.clock.advance(3600)
  return { server, source }
}

const broken = () => {
  throw new Error(`SET ${login.refresh_token}`)
}

const raised: Readonly<Record<SessionErrorCode, () => Promise<unknown>>> = {
  REAUTHENTICATION_REQUIRED: () => expired(refused('invalid_grant')).source.token(),
  REFRESH_AUTH_TIME: async () => checkAuthTime(1, 2),
  REFRESH_CALLBACK_FAILED: () => expired(undefined, { onRefresh: () => Promise.reject(new Error('disk full')) }).source.token(),
  REFRESH_DEFERRED: async () => {
    const { source } = expired(json({ error: 'slow_down' }, 429, { 'retry-after': '30' }))
    await source.token().catch(() => undefined)
    return source.token()
  },
  SESSION_ISSUER_MISMATCH: async () => {
    const server = createServer()
    const store = memoryStore()
    await createTokenSource(server.client(), login, { store, key }).token()
    return createTokenSource(server.client({ client_id: 'other' }), undefined, { store, key }).token()
  },
  SESSION_LOCK_TIMEOUT: () => {
    const { server, source } = expired(undefined, { lock: { hold: (_, settings, task) => lock.hold('x', { ...settings, wait: 0 }, task) } })
    const lock = memoryLock({ clock: server.clock })
    return lock.hold('x', { lease: 30 }, async () => source.token())
  },
  SESSION_OPTION_INVALID: async () => createTokenSource(createServer().client(), login, { lease: 0 }),
  SESSION_RECORD_INVALID: async () => {
    const store = memoryStore()
    await store.set(key, '"canary-refresh"')
    return createTokenSource(createServer().client(), undefined, { store, key }).token()
  },
  SESSION_STORE_FAILED: () => {
    const store: TokenStore = { get: broken, set: broken, take: broken, delete: broken }
    return createTokenSource(createServer().client(), login, { store, key }).token()
  },
  TOKEN_SOURCE_CLOSED: async () => {
    const source = createTokenSource(createServer().client(), login)
    await source.close()
    return source.token()
  },
}

it.each(Object.keys(errorCodes) as SessionErrorCode[])(
  '%s is raised, its message ends with a remedy, and it shows no secret',
  async (code) => {
    const error = await raised[code]().catch((thrown: unknown) => thrown)
    if (!isOidcError(error)) throw new Error(`No error: ${inspect(error)}`)
    expect(error).toMatchObject({ code, message: expect.stringMatching(/\. [A-Z][^.]+\.$/) })
    const shown = [inspect(error, { depth: Infinity, showHidden: true }), JSON.stringify(error), String(error)].join()
    for (const secret of secrets) expect(shown).not.toContain(secret)
  },
)
