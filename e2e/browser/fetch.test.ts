import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lacksChromium, readyOf, type Stage, type StageSettings, setStage } from './stage.ts'

const refreshes = ({ sent }: Stage) => sent.filter((line) => line === 'POST /token refresh_token').length

async function signedIn(settings: StageSettings = {}): Promise<{ stage: Stage; page: Page }> {
  const stage = await setStage(settings)
  const page = await stage.open()
  await stage.signIn(page)
  return { stage, page }
}

/** An API of another origin that lets this application call it, and remembers who asked. */
async function startApi(): Promise<{ origin: string; seen: (string | undefined)[] }> {
  const seen: (string | undefined)[] = []
  const api = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '')
    response.setHeader('access-control-allow-headers', 'authorization')
    if (request.method !== 'OPTIONS') seen.push(request.headers.authorization)
    response.end('{}')
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void api.close())
  return { origin: `http://127.0.0.1:${(api.address() as AddressInfo).port}`, seen }
}

describe.skipIf(lacksChromium)('fetch with the tokens of the user [needs chromium]', () => {
  it('tokens go to the own origin and to those that were named, and nowhere else', async () => {
    const [named, other] = [await startApi(), await startApi()]
    const { stage, page } = await signedIn({ session: { origins: [named.origin] } })
    const call = (url: string) =>
      page.evaluate((address) => window.oidc.session.fetch(address).then(({ status }) => status, window.oidc.describe), url)
    expect(await call('/api/me')).toBe(200)
    expect(await call(`${named.origin}/me`)).toBe(200)
    for (const url of [`${other.origin}/me`, 'https://evil.example/', 'data:text/plain,x', `//${new URL(other.origin).host}/me`])
      expect(await call(url)).toMatchObject({ code: 'BROWSER_ORIGIN_REFUSED' })
    expect(stage.calls.at(-1)?.authorization).toMatch(/^Bearer /)
    expect(named.seen).toEqual([expect.stringMatching(/^Bearer /)])
    expect(other.seen).toEqual([])
  })

  it('a redirect does not carry the tokens elsewhere', async () => {
    const other = await startApi()
    const { page } = await signedIn({
      routes: { '/api/moved': (_, response) => response.writeHead(302, { location: `${other.origin}/me` }).end() },
    })
    await page.evaluate(() => window.oidc.session.fetch('/api/moved').catch(() => undefined))
    expect(other.seen).toEqual([])
  })

  it('F-U12: on 401 the token is renewed once and the request sent once more, body and all; on 403 it is not', async () => {
    const bodies: string[] = []
    let status = 401
    const { stage, page } = await signedIn({
      routes: {
        '/api/orders': (request, response) => {
          const chunks: Buffer[] = []
          request.on('data', (chunk: Buffer) => chunks.push(chunk))
          request.on('end', () => {
            bodies.push(`${request.method} ${request.headers['content-type']} ${Buffer.concat(chunks)}`)
            response.writeHead(bodies.length === 1 ? status : 200).end('{}')
          })
        },
      },
    })
    const post = () =>
      page.evaluate(() => {
        const request = new Request('/api/orders', { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } })
        return window.oidc.session.fetch(request).then((response) => response.status)
      })
    expect(await post()).toBe(200)
    expect(bodies).toEqual(['POST application/json {"a":1}', 'POST application/json {"a":1}'])
    expect(refreshes(stage)).toBe(1)
    bodies.splice(0)
    status = 403
    expect(await post()).toBe(403)
    expect(bodies).toHaveLength(1)
    expect(refreshes(stage)).toBe(1)
  })

  it('S-P17: a request that another user begins to see is never sent with the tokens of the second', async () => {
    const { stage, page } = await signedIn({ session: { parameters: { prompt: 'login consent' } } })
    const other = await stage.open()
    await stage.signIn(other, 'bert')
    await page.waitForFunction(() => window.oidc.session.user?.sub === 'bert')
    expect(await page.evaluate(() => window.oidc.session.getSnapshot().reason)).toBe('user_switched')
    expect(await page.evaluate(() => window.oidc.session.fetch('/api/me').then(({ status }) => status))).toBe(200)
  })

  it('S-P17: a renewal under way when the user logs out brings nobody back, and its fresh token is revoked', async () => {
    const { stage, page } = await signedIn()
    let release: (() => Promise<void>) | undefined
    await page.route('**/token', async (route) => {
      const response = await route.fetch()
      release = () => route.fulfill({ response })
    })
    await page.evaluate(() => {
      window.oidc.results.push(window.oidc.session.refresh().then(({ sub }) => sub, window.oidc.describe))
    })
    await expect.poll(() => release).toBeDefined()
    await page.evaluate(() => window.oidc.session.logout({ local: true }))
    await release?.()
    expect(await page.evaluate(() => window.oidc.results[0])).toMatchObject({ code: 'BROWSER_SESSION_CHANGED' })
    expect(await page.evaluate(() => window.oidc.session.getSnapshot())).toEqual({ status: 'signed_out', reason: 'logout' })
    await expect.poll(() => stage.sent.filter((line) => line.includes('revocation')).length).toBe(2)
  })
})

describe.skipIf(lacksChromium)('refresh tokens in a worker [needs chromium]', () => {
  it('F-S7: the page knows a handle alone, renews with it, and revokes by it', async () => {
    const { stage, page } = await signedIn({ session: { worker: true } })
    const read = () => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))
    expect(await read()).toMatch(/worker:[0-9a-f-]{36}/)
    expect(await page.evaluate(() => window.oidc.session.refresh().then(({ sub }) => sub))).toBe('alice')
    const other = await stage.open()
    expect(await other.evaluate(() => window.oidc.session.refresh().then(({ sub }) => sub))).toBe('alice')
    const stored = await read()
    const kept = [...stored.matchAll(/refresh_token[\\"]+:[\\"]+([^\\"]+)/g)].map(([, token]) => token)
    expect(kept).toEqual([expect.stringMatching(/^worker:/)])
    await page.evaluate(() => window.oidc.session.logout({ local: true }))
    expect(await page.evaluate(() => window.oidc.session.getSnapshot().status)).toBe('signed_out')
  })

  it('a worker that is not there is an error that says so', async () => {
    const { page } = await signedIn()
    const failure = await page.evaluate(async () => {
      const { fetchThroughWorker, describe } = window.oidc
      const worker = new Worker('/api/no-worker.js')
      const fetch = fetchThroughWorker(worker, { endpoints: ['https://as.example/token'] })
      return fetch('https://as.example/token', { method: 'POST' }).catch(describe)
    })
    expect(failure).toMatchObject({ code: 'BROWSER_WORKER_FAILED' })
  })

  it('the worker sends tokens to its endpoints alone, and a handle that it does not know nowhere', async () => {
    const { stage, page } = await signedIn({ session: { worker: true } })
    const before = stage.sent.length
    const answers = await page.evaluate(async (issuer) => {
      const worker = new SharedWorker(
        `/token-worker.js?${new URLSearchParams(['/token', '/token/revocation'].map((path) => ['endpoint', `${issuer}${path}`]))}`,
        { type: 'module' },
      )
      const ask = (message: object) =>
        new Promise<Record<string, unknown>>((resolve) => {
          worker.port.addEventListener('message', ({ data }) => resolve(data), { once: true })
          worker.port.start()
          worker.port.postMessage(message)
        })
      const request = { id: '1', method: 'POST', headers: {} }
      return [
        await ask({ ...request, url: `${location.origin}/api/steal`, body: 'refresh_token=x' }),
        await ask({ ...request, url: `${issuer}/token`, body: 'grant_type=refresh_token&refresh_token=worker%3Aunknown' }),
        await ask({ nonsense: true }),
      ]
    }, stage.provider.issuer)
    expect(answers).toEqual([
      expect.objectContaining({ error: 'NotAllowedError' }),
      expect.objectContaining({ status: 400, body: expect.stringContaining('invalid_grant') }),
      expect.objectContaining({ error: 'TypeError' }),
    ])
    expect(stage.sent.length).toBe(before)
    expect(stage.calls).toEqual([])
  })

  it('a page that is loaded again without its worker signs in anew, with a typed error and no request', async () => {
    const { page } = await signedIn({ session: { worker: true } })
    await page.reload()
    const answer = await page.evaluate(() => window.oidc.session.refresh().then(({ sub }) => sub, window.oidc.describe))
    expect(['alice', 'REAUTHENTICATION_REQUIRED']).toContain(typeof answer === 'string' ? answer : answer.code)
    expect(await readyOf(page)).toBeDefined()
  })
})
