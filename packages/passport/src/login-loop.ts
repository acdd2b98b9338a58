import type { Request } from 'express'
import type { Answer } from './answer.js'
import { appendCookie, formatCookie, isSecure, readCookies } from './cookies.js'
import { passportError } from './passport-error.js'

/** Answers that failed, one after the other, until the next login is not begun. Browsers stop at about 20 redirects, and say nothing of why. */
const mostFailures = 5
/** Seconds that a failure counts. */
const memory = 60

/**
 * Counts the logins that the provider answered with a failure, in a cookie, until one succeeds. A provider that sends the browser back at once,
 * and an application that sends it there again, would go round and round.
 */
export function noteOutcome(req: Request, strategy: string, answer: Answer): Answer {
  if (answer.type === 'success' && readCount(req, strategy) > 0) writeCount(req, strategy, 0)
  if ((answer.type === 'fail' || answer.type === 'error') && answer.bounced) writeCount(req, strategy, readCount(req, strategy) + 1)
  return answer
}

/** Once: the login after that begins anew. @throws `LOGIN_LOOP` */
export function checkLoop(req: Request, strategy: string): void {
  const count = readCount(req, strategy)
  if (count < mostFailures) return
  writeCount(req, strategy, 0)
  throw passportError(
    'LOGIN_LOOP',
    `The last ${mostFailures} logins of this browser failed within ${memory} seconds each, and another one begins by itself. Let failureRedirect be a page that begins no login, and look at how the last one failed.`,
  )
}

function readCount(req: Request, strategy: string): number {
  const count = readCookies(req.headers.cookie).get(cookieName(req, strategy)) ?? ''
  return /^failed-\d$/.test(count) ? Number(count.slice(-1)) : 0
}

function writeCount(req: Request, strategy: string, count: number): void {
  if (!req.res || req.res.headersSent) return
  const secure = isSecure(req)
  // SameSite=None where it goes: a failure may come with a form that the provider's page posts.
  const attributes = { maxAge: count ? memory : 0, secure, sameSite: secure ? 'None' : 'Lax' } as const
  appendCookie(req.res, formatCookie(cookieName(req, strategy), `failed-${Math.min(count, 9)}`, attributes))
}

function cookieName(req: Request, strategy: string): string {
  return `${isSecure(req) ? '__Host-' : ''}oidc-failures.${strategy.replace(/[^\w-]/g, '_')}`
}
