import type { RequestHandler } from 'express'

/**
 * Headers for every page, and no form post from another origin. SameSite cookies alone do not tell ports apart, and other programs of a
 * developer listen on loopback too.
 *
 * @param origin The origin of these pages.
 * @param formTargets Origins that a form's answer may redirect to: `form-action` also covers the redirects that follow a post.
 */
export function guardPages(origin: string, formTargets: readonly string[]): RequestHandler {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${formTargets.join(' ')}`
  return (req, res, next) => {
    res.set({
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-store',
      // Not `no-referrer`: under it browsers send `Origin: null` with a form post of the same origin.
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    if (req.method === 'POST' && req.get('origin') !== origin) {
      res.status(403).type('text').send('This form was not sent from a page of this origin. Open the page again and use its buttons.')
      return
    }
    next()
  }
}
