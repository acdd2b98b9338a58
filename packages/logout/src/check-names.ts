import { logoutError } from './logout-error.js'

/** A misspelled option would silently loosen a check. @throws `LOGOUT_OPTION_INVALID` */
export function checkNames(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options))
    if (!names.includes(name))
      throw logoutError(
        'LOGOUT_OPTION_INVALID',
        `The option ${JSON.stringify(name.slice(0, 64))} of ${what} is unknown. Give ${names.join(', ')}, or leave it away.`,
      )
}
