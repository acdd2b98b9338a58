import { browserError } from './browser-error.js'

/**
 * A place of this origin to go to after the login, parsed as the browser will parse it: whatever is written, it leads nowhere else.
 * {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11.1 RFC 9700, section 4.11.1}
 *
 * @throws `BROWSER_OPTION_INVALID`
 */
export function checkReturnTo(returnTo: string, origin: string): string {
  const place = URL.canParse(returnTo, origin) ? new URL(returnTo, origin) : undefined
  const path = place && `${place.pathname}${place.search}${place.hash}`
  // A path may begin with two slashes once its dots are gone, and would be another host where it is read again.
  if (place?.origin !== origin || path === undefined || new URL(path, origin).origin !== origin)
    throw browserError(
      'BROWSER_OPTION_INVALID',
      'returnTo leads to another origin, and one of this page is wanted. Give a path such as /orders.',
    )
  return path
}
