import type { IdTokenClaims } from '@oidc/core'
import { browserError } from './browser-error.js'
import type { Context } from './context.js'
import { beginLogin, finishLogin, matchResponse } from './login.js'
import { awaitResponse } from './relay.js'

/** Seconds. */
const defaultTimeout = 10

/**
 * Asks the provider for new tokens in a hidden frame, without the user. Another user than the one who is signed in here ends the session.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core 1.0, section 3.1.2.1}, `prompt=none`
 *
 * @throws `BROWSER_RESPONSE_TIMEOUT`, `BROWSER_SESSION_CHANGED`, and the errors of a login, `login_required` among them
 */
export async function renewInFrame(context: Context): Promise<IdTokenClaims> {
  const { silent = {}, redirect_uri } = context.options
  const { timeout = defaultTimeout } = silent
  const sub = context.store.session()?.claims.sub
  const { url, pending } = await beginLogin(context, 'silent', silent.redirect_uri ?? redirect_uri, { prompt: 'none' })
  const response = awaitResponse(pending.transaction.state, matchResponse(context, pending))
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.title = 'OpenID Connect'
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(noAnswer(timeout)), timeout * 1000)
  })
  try {
    frame.src = url.href
    document.body.append(frame)
    const href = await Promise.race([response.href, tooLate])
    return await finishLogin(context, new URL(href), pending, sub)
  } finally {
    clearTimeout(timer)
    response.stop()
    frame.remove()
    context.transactions.take(pending.transaction.state)
  }
}

function noAnswer(timeout: number) {
  return browserError(
    'BROWSER_RESPONSE_TIMEOUT',
    `The provider did not answer in its hidden frame within ${timeout} seconds. Ask for refresh tokens, or see that it may be framed.`,
    { retryable: true },
  )
}
