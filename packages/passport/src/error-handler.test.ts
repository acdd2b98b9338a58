import { oidcError } from '@oidc/core/plugin'
import type { RequestHandler } from 'express'
import { describe, expect, it, vi } from 'vitest'
import { type ErrorHandlerOptions, errorHandler } from './error-handler.js'
import { startApp } from './passport.test-server.js'

const html = { accept: 'text/html' }
const canary = '<script>canary()</script>'
const thrown = () =>
  Object.assign(
    oidcError('AUTHORIZATION_ERROR', `The server said ${canary}. Ask it.`, {
      error: 'access_denied',
      error_description: canary,
      hint: 'Do this.',
    }),
    { status: 400 },
  )

async function show(options: ErrorHandlerOptions | undefined, error: unknown = thrown(), headers: Record<string, string> = html) {
  const fail: RequestHandler = (_req, _res, next) => next(error)
  const app = await startApp({ extend: (server) => void server.get('/fail', fail).use(errorHandler(options)) })
  return { app, page: await app.open().get('/fail', { headers }) }
}

describe('errorHandler', () => {
  it('explains in development, and shows what the server said as text', async () => {
    const { page } = await show({ explain: true })
    expect([page.status, page.headers['cache-control']]).toEqual([400, 'no-store'])
    for (const part of ['AUTHORIZATION_ERROR', 'Do this.', 'docs/ERRORS.md#authorization_error', '&lt;script&gt;canary()'])
      expect(page.text).toContain(part)
    expect(page.text).not.toContain(canary)
    expect(page.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
  })

  it('says a hint once, with which the message ends already', async () => {
    const { page } = await show({ explain: true }, oidcError('X_Y', 'It is so. Do this.', { hint: 'Do this.' }))
    expect(page.text.split('Do this.')).toHaveLength(2)
  })

  it('says nothing in production', async () => {
    for (const headers of [html, { accept: 'application/json' }]) {
      const { page } = await show({ explain: false }, thrown(), headers)
      expect(page.status).toBe(400)
      expect(page.text).not.toMatch(/AUTHORIZATION|canary|Do this|docs/)
    }
  })

  it('answers a script in JSON', async () => {
    const { page } = await show({ explain: true }, thrown(), { accept: 'application/json' })
    expect(JSON.parse(page.text)).toMatchObject({ code: 'AUTHORIZATION_ERROR', error: 'access_denied', hint: 'Do this.' })
    const silent = await show({ explain: false }, oidcError('X', 'Y.'), {})
    expect([silent.page.status, silent.page.text]).toEqual([500, '{"error":"server_error"}'])
  })

  it.each([
    ['production', false],
    ['development', true],
    ['', true],
  ])('where NODE_ENV is %j explains: %s', async (env, explains) => {
    vi.stubEnv('NODE_ENV', env)
    const handler = errorHandler()
    vi.unstubAllEnvs()
    const fail: RequestHandler = (_req, _res, next) => next(thrown())
    const app = await startApp({ extend: (server) => void server.get('/fail', fail).use(handler) })
    expect((await app.open().get('/fail', { headers: html })).text.includes('AUTHORIZATION_ERROR')).toBe(explains)
  })

  it('passes on what is of others, and what comes too late; the log hears of the rest', async () => {
    const { app, page } = await show({}, new Error('own'))
    expect([page.status, page.text]).toEqual([500, 'error own'])
    expect(app.errors).toHaveLength(1)
    const log = vi.fn()
    await show({ log })
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ code: 'AUTHORIZATION_ERROR' }), expect.anything())
  })

  it.each([undefined, 200, 700, 'x'])('takes a status of %j for 500', async (status) => {
    expect((await show({}, Object.assign(oidcError('X', 'Y.'), { status }))).page.status).toBe(500)
  })

  it('refuses unknown options', () => {
    expect(() => errorHandler({ production: true } as never)).toThrow(expect.objectContaining({ code: 'OPTION_UNKNOWN' }))
  })
})
