import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { pathToFileURL } from 'node:url'
import { exportJWK, generateKeyPair } from 'jose'
import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pages, readBlocks } from './pages.ts'
import { type RunningProvider, startProvider } from './provider.ts'
import { certifyLoopback } from './tls.ts'

const root = join(import.meta.dirname, '..')
const secret = 'only-for-tests'
/** Where `npm run test:release` has installed the packages from tarballs, and the Node to run the programs on, which may know no TypeScript. */
const { README_PROJECT: installed, README_NODE: execPath = process.execPath } = process.env
const write = (file: string, code: string) => {
  const path = installed ? file.replace(/\.ts$/, '.js') : file
  writeFileSync(path, installed ? stripTypeScriptTypes(code) : code)
  return path
}
let folder: string
let running: RunningProvider
/** The origin that the provider's pings go to. */
let notified = ''
/** The request that last came to the user's phone. */
let asked = ''
const children: ChildProcess[] = []

beforeAll(async () => {
  // Within this package, so that the programs find what a user would have installed.
  folder = mkdtempSync(join(installed ?? import.meta.dirname, '.readme-'))
  const tls = await certifyLoopback()
  writeFileSync(join(folder, 'ca.pem'), tls.cert)
  const certified = await certifyLoopback()
  writeFileSync(join(folder, 'client.pem'), certified.cert)
  writeFileSync(join(folder, 'client.key'), certified.key)
  const x5c = [new X509Certificate(certified.cert).raw.toString('base64')]
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  writeFileSync(join(folder, 'key.jwk'), JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'ES256' }))
  const client: ClientMetadata = {
    client_id: 'app',
    redirect_uris: ['https://app.example/cb'],
    grant_types: ['authorization_code', 'client_credentials'],
  }
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' } as never] }
  running = await startProvider(
    {
      clients: [
        { ...client, client_secret: secret },
        {
          client_id: 'app-with-certificate',
          token_endpoint_auth_method: 'self_signed_tls_client_auth',
          tls_client_certificate_bound_access_tokens: true,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
          jwks: { keys: [{ ...createPublicKey(certified.cert).export({ format: 'jwk' }), x5c } as never] },
        },
        {
          client_id: 'tv',
          token_endpoint_auth_method: 'none',
          application_type: 'native',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
          redirect_uris: [],
          response_types: [],
        },
        { client_id: 'service', client_secret: secret, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
        {
          ...client,
          client_id: 'app-with-hybrid',
          client_secret: secret,
          grant_types: ['authorization_code', 'implicit'],
          response_types: ['code id_token'],
        },
        { ...client, client_id: 'app-with-key', token_endpoint_auth_method: 'private_key_jwt', jwks },
        {
          ...client,
          client_id: 'app-with-phone',
          token_endpoint_auth_method: 'private_key_jwt',
          jwks,
          grant_types: ['urn:openid:params:grant-type:ciba'],
          response_types: [],
          backchannel_token_delivery_mode: 'ping',
          backchannel_client_notification_endpoint: 'https://app.example/ciba',
        },
      ],
      clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt', 'self_signed_tls_client_auth'],
      scopes: ['openid', 'accounts'],
      conformIdTokenClaims: false,
      // Where the program listens is known only once it runs.
      fetch: (url, { dispatcher: _, ...init }: RequestInit & { dispatcher?: unknown } = {}) =>
        fetch(String(url).replace('https://app.example', notified), init),
      features: {
        pushedAuthorizationRequests: { enabled: true },
        jwtResponseModes: { enabled: true },
        ciba: {
          enabled: true,
          deliveryModes: ['ping'],
          processLoginHint: async (_: unknown, hint?: string) => hint,
          verifyUserCode: async () => undefined,
          validateRequestContext: async () => undefined,
          validateBindingMessage: async () => undefined,
          triggerAuthenticationDevice: async (_: unknown, { jti }: { jti: string }) => {
            asked = jti
          },
        },
        requestObjects: { enabled: true },
        deviceFlow: { enabled: true },
        mTLS: {
          enabled: true,
          certificateBoundAccessTokens: true,
          selfSignedTlsClientAuth: true,
          getCertificate: (ctx) => (ctx as unknown as { req: { socket: TLSSocket } }).req.socket.getPeerX509Certificate() as never,
        },
        dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 3), requireNonce: () => true },
        clientCredentials: { enabled: true },
        registration: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        jwtIntrospection: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({ scope: 'accounts', accessTokenFormat: 'opaque' }),
        },
      },
    },
    { tls: { ...tls, requestCert: true, rejectUnauthorized: false } },
  )
})

afterAll(async () => {
  for (const child of children) child.kill()
  rmSync(folder, { recursive: true, force: true })
  await running.close()
})

/** The program of a page with nothing changed but the addresses and the client that it names. */
function writeProgram(page: string, index: number, client_id: string): string {
  const code = readBlocks(page)[index] ?? ''
  const file = join(folder, `${page.replaceAll('/', '-')}-${index}.ts`)
  const fitted = code
    .replaceAll('https://as.example', running.issuer)
    .replaceAll("client_id: 'app'", `client_id: '${client_id}'`)
    .replaceAll('https://api.example/accounts', `${running.issuer}/me`)
    .replace('.listen(3000)', '.listen(0, "127.0.0.1", function () { process.send(this.address().port) })')
  return write(file, fitted)
}

/** Runs it in a process of its own, which trusts the provider's certificate, and gives its address. */
async function startProgram(file: string): Promise<string> {
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    ISSUER: running.issuer,
    CLIENT_ID: 'app',
    CLIENT_SECRET: secret,
    SESSION_SECRET: secret,
  }
  const child = fork(file, { cwd: folder, env, execPath, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  children.push(child)
  let said = ''
  child.stderr?.on('data', (data: Buffer) => {
    said += data
  })
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`It ended with ${status}: ${said}`)
  })
  const [port] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => undefined)
  return `http://127.0.0.1:${port}`
}

/** What the proxy in front of the application says. */
const proxied = { 'x-forwarded-proto': 'https' }

async function signIn(origin: string): Promise<Response> {
  const begun = await fetch(`${origin}/login`, { redirect: 'manual', headers: proxied })
  const cookie = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  const { search } = await running.login(begun.headers.get('location') ?? '')
  return fetch(`${origin}/cb${search}`, { redirect: 'manual', headers: { ...proxied, cookie: cookie.join('; ') } })
}

describe('the code of the README files and guides', () => {
  it('compiles, each block on its own, as it stands there', () => {
    const blocks = join(folder, 'blocks')
    mkdirSync(blocks)
    const names = pages.flatMap((page) =>
      readBlocks(page).map((code, index) => {
        const name = `${page.replaceAll('/', '-')}-${index}.ts`
        // Two versions of one package are here under two names.
        writeFileSync(join(blocks, name), page.endsWith('openid-client-5.md') ? code.replace("'openid-client'", "'openid-client5'") : code)
        return name
      }),
    )
    for (const shown of ['recipes.ts', 'organization.ts']) cpSync(join(import.meta.dirname, 'examples', shown), join(blocks, shown))
    expect(names.length).toBeGreaterThan(pages.length)
    const compilerOptions = { declaration: false, isolatedDeclarations: false, noEmit: true }
    writeFileSync(
      join(blocks, 'tsconfig.json'),
      JSON.stringify({ extends: '../../../tsconfig.source.json', compilerOptions, include: ['.'] }),
    )
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout, status } = spawnSync(tsc, ['-p', blocks], { encoding: 'utf8', shell: process.platform === 'win32' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it.each([
    ['README.md', 'app'],
    ['packages/passport/README.md', 'app'],
    ['packages/browser/README.md', 'app'],
  ])('%s: the Express program signs a user in, against a provider', async (page) => {
    const response = await signIn(await startProgram(writeProgram(page, 0, 'app')))
    expect([response.status, response.headers.get('location')]).toEqual([302, '/'])
    expect(response.headers.getSetCookie().join()).toMatch(/connect\.sid=|__Host-session=/)
  })

  it.each([
    ['packages/core/README.md', 'app', 'Hello alice (alice@example.org)'],
    ['packages/par/README.md', 'app-with-key', 'Hello alice'],
    ['packages/registration/README.md', 'the one that it registers', 'Hello alice'],
    ['packages/jarm/README.md', 'app-with-key', 'Hello alice'],
    ['packages/logout/README.md', 'app', 'Hello alice'],
    ['packages/dpop/README.md', 'app', 'Hello alice: {"sub":"alice"}'],
    ['packages/session/README.md', 'app', 'Hello alice: {"sub":"alice"}'],
  ])('%s: the program signs a user in, against a provider', async (page, client_id, greeting) => {
    const response = await signIn(await startProgram(writeProgram(page, 0, client_id)))
    expect(await response.text()).toBe(greeting)
  })

  it('packages/hybrid/README.md: the program signs a user in whose ID token comes through the browser', async () => {
    const origin = await startProgram(writeProgram('packages/hybrid/README.md', 0, 'app-with-hybrid'))
    const begun = await fetch(`${origin}/login`, { redirect: 'manual' })
    const [cookie = ''] = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    const posted = await running.loginByForm(begun.headers.get('location') ?? '')
    const headers = { cookie, 'content-type': posted.headers.get('content-type') ?? '' }
    const answer = await fetch(`${origin}/cb`, { method: 'POST', headers, body: await posted.text() })
    expect([answer.status, await answer.text()]).toEqual([200, 'Hello alice'])
  })

  it('packages/node/README.md: the program gets a token over TLS that its own authority vouches for', async () => {
    const file = writeProgram('packages/node/README.md', 0, 'service')
    // Not by NODE_EXTRA_CA_CERTS: the program brings the certificate itself.
    const child = fork(file, { cwd: folder, execPath, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    children.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        said += data
      })
    const [status] = await once(child, 'close')
    expect([status, said]).toEqual([0, 'Bearer\n'])
  })

  it('packages/testing/README.md: the tests pass, under node:test', async () => {
    const file = writeProgram('packages/testing/README.md', 0, 'app')
    const { status, stdout } = spawnSync(execPath, [file], { cwd: folder, encoding: 'utf8' })
    expect(stdout).toMatch(/^. pass 2$/m)
    expect(status).toBe(0)
  })

  it('packages/introspection/README.md: the API answers to good tokens alone', async () => {
    const origin = await startProgram(writeProgram('packages/introspection/README.md', 0, 'app'))
    const issue = async (scope: string) => {
      const authorization = `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource: `${running.issuer}/me`, scope })
      const answer = await running.fetch(`${running.issuer}/token`, { method: 'POST', headers: { authorization }, body })
      return ((await answer.json()) as { access_token: string }).access_token
    }
    const call = (token: string) => fetch(origin, { headers: { authorization: `Bearer ${token}` } })
    expect(await (await call(await issue('accounts'))).text()).toBe('Hello app')
    expect((await call(await issue(''))).status).toBe(403)
    expect((await call('unknown')).status).toBe(401)
    expect((await fetch(origin)).status).toBe(401)
  })

  it('packages/device/README.md: the program shows a code, and greets the user who types it', async () => {
    const child = fork(writeProgram('packages/device/README.md', 0, 'app'), {
      cwd: folder,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
      execPath,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    children.push(child)
    let shown = ''
    let isAnswered = false
    for await (const data of child.stdout ?? []) {
      shown += data
      const [, user_code] = /enter the code\n\n {4}(\S+)\n/.exec(shown) ?? []
      if (user_code === undefined || isAnswered) continue
      isAnswered = true
      await running.openBrowser().walk(`${running.issuer}/device`, { user_code, login: 'alice', password: 'any' })
    }
    expect(shown).toMatch(/^[█▀▄ \n]+\n/)
    expect(shown).toMatch(/\nHello alice\n$/)
  })

  it('packages/ciba/README.md: the program signs a user in who confirms on another device', async () => {
    notified = await startProgram(writeProgram('packages/ciba/README.md', 0, 'app-with-phone'))
    const begun = await fetch(`${notified}/login`, { redirect: 'manual' })
    const [cookie = ''] = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    const look = async () => (await fetch(notified, { headers: { cookie } })).text()
    expect(await look()).toBe('Confirm W4SCT on your phone, then reload.')
    const grant = new running.provider.Grant({ accountId: 'alice', clientId: 'app-with-phone' })
    grant.addOIDCScope('openid')
    await grant.save()
    await running.provider.backchannelResult(asked, grant)
    expect(await look()).toBe('Hello alice')
  })

  it('packages/mtls/README.md: the program gets a token by its certificate', async () => {
    const child = fork(writeProgram('packages/mtls/README.md', 0, 'app-with-certificate'), {
      cwd: folder,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
      execPath,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    children.push(child)
    let shown = ''
    for await (const data of child.stdout ?? []) shown += data
    expect(shown).toBe('A token for accounts, bound to the certificate\n')
  })

  it('README.md: the login by hand gives tokens that are bound', async () => {
    const program = writeProgram('README.md', 1, 'app-with-key')
    const driver = join(folder, 'driver.ts')
    // In a process of its own as well: this one does not trust the certificate, and its folder has no key.
    writeFileSync(
      driver,
      `import { begin, finish } from ${JSON.stringify(pathToFileURL(program).href)}
process.on('message', async (callback) => {
  const { token_type, claims } = await finish(new URL(callback), transaction)
  process.send({ token_type, sub: claims.sub })
})
const { url, transaction } = await begin()
process.send(url.href)`,
    )
    const child = fork(driver, {
      cwd: folder,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
      execPath,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    children.push(child)
    const [url] = await once(child, 'message')
    const callback = await running.login(String(url))
    const finished = once(child, 'message')
    child.send(callback.href)
    expect((await finished)[0]).toEqual({ token_type: 'DPoP', sub: 'alice' })
  })
})
