import type { Client } from '@oidc/core'
import type { Request } from 'express'
import type { LoginRecord } from './login-record.js'
import { sessionOf } from './session-entry.js'
import { findTokens, type TokenSettings } from './token-settings.js'

type Step = (done: (error?: unknown) => void) => unknown

/** Ends the tokens of a login, if they are kept. Before its session: that alone knows where they are. */
export async function forgetTokens(client: Client, record: LoginRecord | undefined, tokens: TokenSettings | undefined): Promise<void> {
  if (tokens && record?.key !== undefined) await findTokens(client, record.key, tokens).logout()
}

/** Ends the session of a request. */
export async function endLocalSession(req: Request): Promise<void> {
  const session = sessionOf(req)
  const { logOut } = req as { readonly logOut?: (options: object, done: (error?: unknown) => void) => unknown }
  // Passport's: it takes the user away before the session is replaced.
  if (typeof logOut === 'function') await run((done) => logOut.call(req, {}, done))
  else if (session?.regenerate) await run((done) => session.regenerate?.(done))
}

/** Of Express with a callback; of Fastify with a promise. */
function run(step: Step): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => (error ? reject(error) : resolve())
    const result: unknown = step(done)
    if (typeof (result as Promise<void> | undefined)?.then === 'function') (result as Promise<void>).then(resolve, reject)
  })
}
