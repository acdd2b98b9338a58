import { isOidcError, type OidcError } from '@oidc/core/plugin'
import type { ErrorRequestHandler, Request } from 'express'
import { checkNames } from './backchannel-logout.js'
import { escapeHtml } from './html.js'

export interface ErrorHandlerOptions {
  /** Whether the page explains the error: not where NODE_ENV is `production`, as Express itself does. */
  readonly explain?: boolean | undefined
  /** Hears of every error that was answered, e.g. for a log: they hold no secret. */
  readonly log?: ((error: OidcError, req: Request) => void) | undefined
}

/**
 * Answers errors of `@oidc` packages: in development with what happened, what causes it and what to do; in production with the status alone.
 * Others are passed on. Mount it with `app.use` after the routes.
 *
 * @throws `OPTION_UNKNOWN`
 */
export function errorHandler(options: ErrorHandlerOptions = {}): ErrorRequestHandler {
  checkNames(options, ['explain', 'log'], 'errorHandler')
  const { explain = process.env.NODE_ENV !== 'production', log } = options
  return (error: unknown, req, res, next) => {
    if (!isOidcError(error) || res.headersSent) return next(error)
    log?.(error, req)
    const { status } = error as { readonly status?: unknown }
    res.statusCode = typeof status === 'number' && status >= 400 && status < 600 ? status : 500
    res.setHeader('Cache-Control', 'no-store')
    res.setHeader('X-Content-Type-Options', 'nosniff')
    if (!/text\/html/i.test(String(req.headers.accept))) {
      res.setHeader('Content-Type', 'application/json')
      return void res.end(JSON.stringify(explain ? describe(error) : { error: res.statusCode < 500 ? 'request_failed' : 'server_error' }))
    }
    res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
    res.setHeader('Content-Type', 'text/html; charset=utf-8')
    res.end(explain ? renderExplained(error) : renderSilent())
  }
}

/** What the server said is untrusted: it is shown as text, and only here. */
function describe({ code, message, hint, docs, error, error_description, plugin, slot }: OidcError): Readonly<Record<string, string>> {
  const members = { code, message, hint, docs, error, error_description, plugin, slot }
  return Object.fromEntries(Object.entries(members).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function renderExplained(error: OidcError): string {
  // Most messages end with the hint; a reader need not read it twice.
  const rows = Object.entries(describe(error))
    .filter(([name, text]) => name !== 'hint' || !error.message.endsWith(text))
    .map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`)
  return `<!doctype html><title>${escapeHtml(error.code)}</title><h1>${escapeHtml(error.code)}</h1><dl>${rows.join('')}</dl><p>This is shown in development only.</p>`
}

function renderSilent(): string {
  return '<!doctype html><title>Sign-in</title><h1>That did not work</h1><p>Please go back and try again.</p>'
}
