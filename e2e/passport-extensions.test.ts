import { type Client, clientSecretBasic, discover, extend, type Plugin, type Tokens } from '@oidc/core'
import { type DPoPKeyPair, dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { hybrid } from '@oidc/hybrid'
import { jar, jarm } from '@oidc/jarm'
import { par } from '@oidc/par'
import { cookieTransactions, OpenIDStrategy, type OpenIDStrategyOptions } from '@oidc/passport'
import express from 'express'
import session from 'express-session'
import { exportJWK, generateKeyPair } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import passport from 'passport'
import { afterEach, describe, expect, it } from 'vitest'
import { createAppBrowser } from './app-browser.ts'
import { startProvider } from './provider.ts'

const secret = 'only for tests, and at least 32 characters'
const opened: (() => Promise<unknown>)[] = []
const { publicKey, privateKey: key } = await generateKeyPair('ES256', { extractable: true })

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

interface Stage {
  readonly use: readonly Plugin[]
  readonly strategy?: (client: () => Promise<Client>) => Partial<OpenIDStrategyOptions>
  readonly response_types?: readonly ('code' | 'code id_token')[]
}

/** A provider with every feature, an application, and one login. */
async function signIn({ use, strategy, response_types = ['code'] }: Stage) {
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  opened.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  // The proxy in front says https, for form_post.
  const origin = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const sent: URLSearchParams[] = []
  const provider = await startProvider({
    clients: [
      {
        client_id: 'app',
        client_secret: secret,
        redirect_uris: [`${origin}/cb`],
        grant_types: ['authorization_code', 'implicit'],
        response_types: [...response_types],
        jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' } as never] },
        request_object_signing_alg: 'ES256',
      },
    ],
    features: {
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
      jwtResponseModes: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 3), requireNonce: () => true },
    },
  })
  opened.push(() => provider.close())
  const client = () =>
    discover(provider.issuer, {
      client_id: 'app',
      authentication: clientSecretBasic(secret),
      allowInsecure: 'loopback',
      use,
      fetch: async (input, init) => {
        if (String(init?.method) === 'POST') sent.push(new URLSearchParams(String(init?.body)))
        return fetch(input, init)
      },
    })
  const seen: Tokens[] = []
  const login = new passport.Passport()
  login.serializeUser((user, done) => done(null, user))
  login.use(
    new OpenIDStrategy(
      { client, callbackURL: `${origin}/cb`, store: cookieTransactions({ secret }), ...strategy?.(client) },
      ({ tokens, claims }) => {
        seen.push(tokens)
        return { sub: claims.sub }
      },
    ),
  )
  app.set('trust proxy', 1)
  app.use(session({ secret, resave: false, saveUninitialized: false }))
  app.get('/login', login.authenticate('openid'))
  app.all('/cb', login.authenticate('openid'), (req, res) => void res.send(`Hello ${req.user?.sub}`))
  const proxied: typeof fetch = (input, init) =>
    fetch(String(input).replace('https:', 'http:'), { ...init, headers: { ...init?.headers, 'x-forwarded-proto': 'https' } } as RequestInit)
  const browser = createAppBrowser(origin, proxied)
  const begun = await browser.get('/login')
  const location = begun.headers.get('location')
  if (location === null) throw new Error(await begun.text())
  const { url, form } = await provider.openBrowser().walk(location, { login: 'alice', password: 'any' })
  const page = form ? await browser.post(url.pathname, form) : await browser.get(url.pathname + url.search)
  return { location: new URL(location), page: await page.text(), tokens: seen[0], sent, posted: form, arrived: url }
}

describe('the strategy with extensions in the client', () => {
  it('F-P7: par() pushes the request, and no option of the strategy says so', async () => {
    const { location, page } = await signIn({ use: [par()] })
    expect(page).toBe('Hello alice')
    expect([...location.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
  })

  it('F-P8: jar() signs the request, and no option of the strategy says so', async () => {
    const { location, page } = await signIn({ use: [jar({ key })] })
    expect(page).toBe('Hello alice')
    expect(location.searchParams.get('request')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(location.searchParams.has('state')).toBe(false)
  })

  it('F-P9, F-P17: each user has a key of their own by extend, and its thumbprint goes along by itself', async () => {
    const pairs: DPoPKeyPair[] = []
    const { location, page, tokens } = await signIn({
      use: [],
      strategy: (client) => ({
        client: async (req) => {
          // In the session or a store of your own; here one browser signs in.
          if (req.path === '/login') pairs.push(await generateDPoPKeyPair('ES256', { extractable: true }))
          return extend(await client(), dpop({ keyPair: pairs.at(-1) as DPoPKeyPair }))
        },
      }),
    })
    expect([page, tokens?.token_type]).toEqual(['Hello alice', 'DPoP'])
    const thumbprint = await calculateJwkThumbprint(await exportJWK((pairs[0] as DPoPKeyPair).publicKey))
    expect(location.searchParams.get('dpop_jkt')).toBe(thumbprint)
  })

  it('F-P7, F-P8, F-P9: par(), jar(), jarm() and dpop() together, and the transaction is found by the state within the response', async () => {
    const keyPair = await generateDPoPKeyPair('ES256')
    const { page, tokens, location, arrived } = await signIn({ use: [dpop({ keyPair }), jarm(), par(), jar({ key })] })
    expect([page, tokens?.token_type]).toEqual(['Hello alice', 'DPoP'])
    expect([...location.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    expect([...arrived.searchParams.keys()]).toEqual(['response'])
  })

  it('F-P19: an ID token in the front channel comes by form_post, and with a nonce', async () => {
    const { location, page, posted } = await signIn({
      use: [hybrid({ response_type: 'code id_token' })],
      strategy: () => ({ parameters: { response_mode: 'form_post' } }),
      response_types: ['code id_token'],
    })
    expect(page).toBe('Hello alice')
    expect(location.searchParams.get('nonce')).toMatch(/^[\w-]{43}$/)
    expect(posted?.has('id_token')).toBe(true)
  })
})
