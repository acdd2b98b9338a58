// What the tests of logout share: logout tokens, and applications that take them.
import type { Application } from 'express'
import type passport from 'passport'
import { type BackchannelLogoutOptions, backchannelLogout } from './backchannel-logout.js'
import { type FrontchannelLogoutOptions, frontchannelLogout } from './frontchannel-logout.js'
import { type LogoutOptions, logout } from './logout.js'
import type { Browser, Page } from './passport.test-browser.js'
import { issuer, type MemoryProvider, startTime } from './passport.test-provider.js'
import { type AppSettings, type RunningApp, startApp } from './passport.test-server.js'

let serial = 0

/** A logout token that is in order, but for what is given. */
export function signLogout(provider: MemoryProvider, claims: object = {}, header: object = {}): Promise<string> {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const usual = { iss: issuer, aud: 'app', iat: startTime, exp: startTime + 120, jti: `jti-${++serial}`, events }
  return provider.sign({ ...usual, ...claims }, { typ: 'logout+jwt', ...header })
}

/** Signs a user in, with a session at the provider. */
export async function signIn(app: RunningApp, browser: Browser, sub = 'ada', sid?: string, path?: string): Promise<Page> {
  app.provider.claims = sid === undefined ? {} : { sid }
  return browser.get(`/cb?${app.provider.authorize(await browser.begin(path), sub)}`)
}

export const whoIs = async (browser: Browser): Promise<string> => (await browser.get('/')).text

export interface LogoutAppSettings extends AppSettings {
  readonly back?: Partial<BackchannelLogoutOptions>
  readonly front?: Partial<FrontchannelLogoutOptions>
  readonly leave?: Partial<LogoutOptions>
}

/** `/backchannel`, `/front`, `POST /leave`, and `/bye` beside the usual routes; their errors come to `seen`. */
export async function startLogoutApp(settings: LogoutAppSettings = {}): Promise<RunningApp & { readonly seen: unknown[] }> {
  const seen: unknown[] = []
  const onError = (error: unknown) => void seen.push(error)
  let running: RunningApp | undefined
  const client = () => {
    if (!running) throw new Error('not yet')
    return running.client
  }
  const extend = (app: Application, login: passport.Authenticator, origin: string, sessions: RunningApp['sessions']) => {
    settings.extend?.(app, login, origin, sessions)
    const place = { client, store: sessions, onError }
    app.all('/backchannel', backchannelLogout({ ...place, ...settings.back }))
    app.all('/front', frontchannelLogout({ ...place, ...settings.front }))
    const leave = logout({ client, postLogoutRedirectURL: `${origin}/bye`, ...settings.leave })
    app.all('/leave', leave)
    app.all('/bye', leave)
  }
  running = await startApp({ ...settings, extend })
  return { ...running, seen }
}

export async function postToken(browser: Browser, token: string, path = '/backchannel'): Promise<Page> {
  return browser.post(path, new URLSearchParams({ logout_token: token }))
}
