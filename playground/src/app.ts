import { createHash, randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type Client, fetchProtectedResource, idTokenClaims, isOidcError, revokeToken } from '@oidc/core'
import { OpenIDStrategy } from '@oidc/passport'
import express, { type ErrorRequestHandler, type Request } from 'express'
import session from 'express-session'
import passport from 'passport'
import { type Account, createAccountStore } from './account-store.ts'
import { accountPage, errorPage, signedOutPage } from './app-pages.ts'
import { guardPages } from './page-guard.ts'
import { apiScope } from './resource-server.ts'

declare global {
  namespace Express {
    interface User extends Pick<Account, 'id'> {}
  }
}

declare module 'express-session' {
  interface SessionData {
    /** Shown once. */
    notice?: string
    /** What the API said; shown once. */
    answer?: string
    /** Why a sign-in failed, by passport's option failureMessage; shown once. */
    messages?: string[]
  }
}

export interface AppSettings {
  readonly origin: string
  readonly client: Client
  /** Where the API is, and the name that tokens for it bear. */
  readonly api: { readonly url: string; readonly resource: string }
}

/** The application: an ordinary Express program with express-session and passport. */
export function createApp({ origin, client, api }: AppSettings): RequestListener {
  const { issuer, end_session_endpoint = issuer } = client.server
  const accounts = createAccountStore(client, api.resource)
  const login = createLogin(client, origin, api.resource, accounts)
  const accountOf = (req: Request): Account | undefined => (req.user ? accounts.find(req.user.id) : undefined)

  const app = express().disable('x-powered-by')
  app.use(guardPages(origin, [new URL(end_session_endpoint).origin]))
  app.use(
    session({
      name: 'demo.sid',
      secret: randomBytes(32).toString('base64url'),
      resave: false,
      saveUninitialized: false,
      cookie: { sameSite: 'lax', httpOnly: true },
    }),
  )
  app.use(login.session())

  app.get('/', (req, res) => {
    const { notice, answer } = req.session
    delete req.session.notice
    delete req.session.answer
    const account = accountOf(req)
    res.send(
      account ? accountPage({ claims: showClaims(account), tokens: describeTokens(account), notice, answer }) : signedOutPage(notice),
    )
  })
  app.get('/login', login.authenticate('openid'))
  app.get('/callback', login.authenticate('openid', { successRedirect: '/', failureRedirect: '/login-failed', failureMessage: true }))
  app.get('/login-failed', (req, res) => {
    const { messages = [] } = req.session
    delete req.session.messages
    res.status(401).send(errorPage('The sign-in failed', messages.join(' ')))
  })

  app.post('/refresh', async (req, res) => {
    const account = accountOf(req)
    if (account) {
      await accounts.refresh(account.id)
      req.session.notice = 'The tokens were refreshed.'
    }
    res.redirect(303, '/')
  })
  app.post('/tea', async (req, res) => {
    const account = accountOf(req)
    if (account) {
      const response = await fetchProtectedResource(client, account.tokens, api.url)
      req.session.notice = `The API answered ${response.status}.`
      req.session.answer = (await response.text()).slice(0, 2000)
    }
    res.redirect(303, '/')
  })
  app.post('/logout', async (req, res) => {
    const account = accountOf(req)
    if (!account) return res.redirect(303, '/')
    accounts.remove(account.id)
    await new Promise<void>((resolve, reject) => req.session.destroy((error) => (error ? reject(error) : resolve())))
    res.clearCookie('demo.sid')
    if (account.tokens.refresh_token !== undefined)
      await revokeToken(client, account.tokens.refresh_token, { parameters: { token_type_hint: 'refresh_token' } })
    res.redirect(303, endSessionUrl(client, account, origin).href)
  })
  app.use(showError)
  return app
}

function createLogin(
  client: Client,
  origin: string,
  resource: string,
  accounts: ReturnType<typeof createAccountStore>,
): passport.Authenticator {
  const login = new passport.Passport()
  login.serializeUser<string>((user, done) => done(null, user.id))
  login.deserializeUser<string>((id, done) => done(null, accounts.find(id) ?? false))
  login.use(
    new OpenIDStrategy(
      {
        client,
        callbackURL: `${origin}/callback`,
        scope: `openid profile email offline_access ${apiScope}`,
        parameters: { resource, prompt: 'consent' },
      },
      ({ tokens }) => accounts.add({ tokens, claims: idTokenClaims(tokens) }),
    ),
  )
  return login
}

/** {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout OpenID Connect RP-Initiated Logout 1.0, section 2} */
function endSessionUrl(client: Client, { tokens }: Account, origin: string): URL {
  const url = new URL(client.server.end_session_endpoint ?? origin)
  url.search = new URLSearchParams({
    client_id: client.metadata.client_id,
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: `${origin}/`,
  }).toString()
  return url
}

/** Of the person, and who says so. */
function showClaims({ claims }: Account): Record<string, unknown> {
  const { nonce: _, at_hash: __, ...shown } = claims
  return shown
}

function describeTokens({ tokens, refreshes }: Account): [string, string][] {
  const { expires_at, refresh_token, token_type } = tokens
  return [
    ['Access token', `${token_type}, bound to a key of this application`],
    ['Expires', expires_at === undefined ? 'unknown' : new Date(expires_at * 1000).toISOString()],
    ['Refresh token', refresh_token === undefined ? 'none' : `fingerprint ${fingerprint(refresh_token)}`],
    ['Refreshed', `${refreshes} times`],
  ]
}

/** Tells two tokens apart without showing them. */
function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 12)
}

const showError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  if (!isOidcError(error)) {
    console.error('The application failed:', error)
    res.status(500).send(errorPage('UNEXPECTED', 'Something failed in the application. Its terminal says what.'))
    return
  }
  const { code, message, error: said, error_description } = error
  const server = Object.entries({ error: said, error_description }).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  )
  res.status(400).send(errorPage(code, message, server))
}
