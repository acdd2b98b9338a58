import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { faultNames } from '@oidc/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAppBrowser } from './app-browser.ts'
import { readBlocks } from './pages.ts'
import { type RunningProvider, startProvider } from './provider.ts'
import { certifyLoopback } from './tls.ts'
import { createUserAgent } from './user-agent.ts'

const secret = 'only-for-tests'
const children: ChildProcess[] = []
let folder: string

beforeAll(() => {
  // Within this package, so that the programs find what a user would have installed.
  folder = mkdtempSync(join(import.meta.dirname, '.guides-'))
})

afterAll(() => {
  for (const child of children) child.kill()
  rmSync(folder, { recursive: true, force: true })
})

/** The program of a page, in a folder of its own. A port that it names becomes one of the system's choice, which it tells. */
function writeProgram(page: string, index: number, change: (code: string) => string = (code) => code): string {
  const home = join(folder, `${page.replaceAll('/', '-')}-${index}`)
  mkdirSync(home, { recursive: true })
  const file = join(home, 'app.ts')
  const code = change(readBlocks(page)[index] ?? '')
  writeFileSync(file, code.replace(/\.listen\([1-9]\d*\)/, '.listen(0, "127.0.0.1", function () { process.send(this.address().port) })'))
  return file
}

interface Running {
  readonly child: ChildProcess
  /** All that it has printed. */
  readonly said: () => string
  /** Its status, once it has ended. */
  readonly ended: Promise<number>
}

function run(file: string, env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Running {
  const child = fork(file, args, {
    cwd: join(file, '..'),
    env: { ...process.env, ...env },
    execArgv: ['--no-deprecation'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => {
      said += data
    })
  return { child, said: () => said, ended: once(child, 'close').then(([status]) => Number(status)) }
}

/** Gives the port that the program listens on. */
async function start(file: string, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const { child, said, ended } = run(file, env)
  const early = ended.then((status): never => {
    throw new Error(`It ended with ${status}: ${said()}`)
  })
  const [port] = await Promise.race([once(child, 'message'), early])
  early.catch(() => undefined)
  return Number(port)
}

describe('docs/guides, with the provider of docs/guides/provider.md', () => {
  let issuer: string

  beforeAll(async () => {
    // It has to know its own address before it listens.
    const file = writeProgram('docs/guides/provider.md', 0, (code) =>
      `import { createServer } from 'node:http'
const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = \`http://localhost:\${server.address().port}\`
${code}`
        .replace("'http://localhost:4000'", 'issuer')
        .replace('provider.listen(4000)', "server.on('request', provider.callback())\nprocess.send(server.address().port)"),
    )
    issuer = `http://localhost:${await start(file)}`
  })

  it('express.md: the program signs a user in, who sees the account', async () => {
    const app = createAppBrowser(`http://127.0.0.1:${await start(writeProgram('docs/guides/express.md', 0), { ISSUER: issuer })}`)
    expect(await app.text('/')).toBe('<a href="/login">Sign in</a>')
    const begun = await app.get('/account')
    const { url } = await createUserAgent(fetch, issuer).walk(begun.headers.get('location') ?? '', { login: 'alice', password: 'any' })
    expect(url.origin + url.pathname).toBe('http://localhost:3000/cb')
    const back = await app.get(`/cb${url.search}`)
    expect([back.status, back.headers.get('location')]).toEqual([302, '/account'])
    expect(JSON.parse(await app.text('/account'))).toEqual({ id: 'alice', email: 'alice@example.org' })
    expect(await app.text('/')).toContain('Signed in')
  })

  it.each([
    ['NETWORK_ERROR', { ISSUER: 'http://localhost:1' }, 'http://localhost:1/.well-known/openid-configuration could not be reached'],
    ['HTTP_STATUS', { path: '/wrong' }, '/wrong/.well-known/openid-configuration answered the discovery request with status 404'],
    ['ISSUER_MISMATCH', { path: '/' }, 'They differ by the slash at the end'],
    ['URL_INSECURE', { ISSUER: 'http://login.example' }, 'not an absolute https: URL'],
    ['OPTION_UNKNOWN', { slip: 'clockTolerence' }, 'Did you mean clockTolerance?'],
  ])('express.md: what a slip leads to is %s, on a page that says what to do', async (code, { path, slip, ISSUER }: Slip, words) => {
    const file = writeProgram('docs/guides/express.md', 0, (text) =>
      slip ? text.replace('allowInsecure:', `${slip}: 5, allowInsecure:`) : text,
    )
    const app = createAppBrowser(`http://127.0.0.1:${await start(file, { ISSUER: ISSUER ?? issuer + (path ?? '') })}`)
    const page = await app.text('/login')
    expect(page).toContain(`<h1>${code}</h1>`)
    expect(page).toContain(words)
    expect(readFileSync(join(import.meta.dirname, '../docs/guides/express.md'), 'utf8')).toContain(
      `[\`${code}\`](../ERRORS.md#${code.toLowerCase()})`,
    )
  })

  it('command-line.md: the program shows a code, calls an API, remembers the user, and forgets them', async () => {
    const file = writeProgram('docs/guides/command-line.md', 0)
    const kept = join(file, '../.tokens.json')
    const first = run(file, { ISSUER: issuer })
    const user_code = await new Promise<string>((resolve) =>
      first.child.stdout?.on('data', () => {
        const [, code] = /enter the code\n\n {4}(\S+)\n/.exec(first.said()) ?? []
        if (code) resolve(code)
      }),
    )
    await createUserAgent(fetch, issuer).walk(`${issuer}/device`, { user_code, login: 'alice', password: 'any' })
    expect(await first.ended).toBe(0)
    expect(first.said()).toMatch(/\n200 \{"sub":"alice"\}\n$/)
    const second = run(file, { ISSUER: issuer })
    expect([await second.ended, second.said()]).toEqual([0, '200 {"sub":"alice"}\n'])
    expect(existsSync(kept)).toBe(true)
    const third = run(file, { ISSUER: issuer }, ['logout'])
    expect([await third.ended, third.said()]).toEqual([0, 'Signed out\n'])
    expect(existsSync(kept)).toBe(false)
  })

  it('service.md: the program calls the API with a token of its own', async () => {
    const api = `http://localhost:${await start(writeProgram('docs/guides/service.md', 1))}`
    expect((await fetch(api)).status).toBe(401)
    const service = run(writeProgram('docs/guides/service.md', 0), { ISSUER: issuer, API: `${api}/orders` })
    expect([await service.ended, service.said()]).toEqual([0, '200 No orders\n'.repeat(3)])
  })
})

it('docs/WRITE_A_PLUGIN.md: its plugin passes the test of the contract, as the page runs it', async () => {
  const plugin = JSON.stringify(join(import.meta.dirname, 'examples/organization.ts'))
  const program = run(writeProgram('docs/WRITE_A_PLUGIN.md', 2, (code) => code.replace("'./organization.js'", plugin)))
  expect([await program.ended, program.said()]).toEqual([0, ''])
})

describe('docs/TESTING_YOUR_APP.md', () => {
  it.each([
    ['of a whole application', 0, 3],
    ['of time', 1, 1],
  ])('its tests %s pass, under node:test', async (_, index, count) => {
    const file = writeProgram('docs/TESTING_YOUR_APP.md', index)
    const { status, stdout } = spawnSync(process.execPath, [file], { cwd: join(file, '../'), encoding: 'utf8', timeout: 30_000 })
    expect(stdout).toMatch(new RegExp(`^. pass ${count}$`, 'm'))
    expect(status).toBe(0)
  })

  it('names faults that there are', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/TESTING_YOUR_APP.md'), 'utf8')
    const named = [...page.matchAll(/`((?:server|token|metadata|jwks|callback|id_token|dpop|response|par)_\w+)`/g)].map(
      ([, name = '']) => name,
    )
    expect(named.length).toBeGreaterThan(9)
    expect(named.filter((name) => !faultNames.some((known) => known === name))).toEqual([])
  })
})

interface Slip {
  readonly ISSUER?: string
  readonly path?: string
  readonly slip?: string
}

describe('docs/migration: the program before and the one after do the same', () => {
  let running: RunningProvider
  let trust: Readonly<Record<string, string>>

  beforeAll(async () => {
    const tls = await certifyLoopback()
    writeFileSync(join(folder, 'ca.pem'), tls.cert)
    const client = { client_id: 'app', client_secret: secret, redirect_uris: ['https://app.example/cb'] }
    const byPost = { ...client, client_id: 'app-by-post', token_endpoint_auth_method: 'client_secret_post' as const }
    // Old clients read email from the ID token as well.
    running = await startProvider({ clients: [client, byPost], conformIdTokenClaims: false }, { tls })
    trust = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), CLIENT_SECRET: secret, SESSION_SECRET: secret }
  })

  afterAll(() => running.close())

  async function signIn(page: string, index: number, client_id: string): Promise<Response> {
    const file = writeProgram(page, index, (code) =>
      code
        .replaceAll('https://as.example', running.issuer)
        .replaceAll("'app'", `'${client_id}'`)
        .replace("'openid-client'", page.endsWith('openid-client-5.md') ? "'openid-client5'" : "'openid-client'"),
    )
    const origin = `http://127.0.0.1:${await start(file, trust)}`
    const begun = await fetch(`${origin}/login`, { redirect: 'manual' })
    const cookie = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    const { search } = await running.login(begun.headers.get('location') ?? '')
    return fetch(`${origin}/cb${search}`, { redirect: 'manual', headers: { cookie: cookie.join('; ') } })
  }

  it.each([
    ['openid-client-6.md', 'before', 0],
    ['openid-client-6.md', 'after', 1],
    ['openid-client-5.md', 'before', 0],
    ['openid-client-5.md', 'after', 1],
  ])('%s, %s: signs a user in', async (page, _, index) => {
    expect(await (await signIn(`docs/migration/${page}`, index, 'app')).text()).toBe('Hello alice (alice@example.org)')
  })

  it.each([
    ['before', 0],
    ['after', 1],
  ])('passport-openidconnect.md, %s: signs a user in', async (_, index) => {
    const response = await signIn('docs/migration/passport-openidconnect.md', index, 'app-by-post')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/'])
    expect(response.headers.getSetCookie().join()).toContain('connect.sid=')
  })
})
