import { oidcError } from '../base/errors.js'
import type { Client } from '../client/client.js'
import { internalsOf } from '../client/internals.js'
import { describe, optionError } from '../client/options.js'

/** @throws `OPTION_INVALID`, without the secret */
export function checkSecret(secret: unknown): void {
  if (secret !== undefined && (typeof secret !== 'string' || !secret))
    throw optionError('secret', secret, 'the client secret, a non-empty string')
}

/**
 * The given secret, else the one that registration put among the options.
 *
 * @param least Bytes it must have.
 * @throws `OPTION_INVALID`
 */
export function findSecret(client: Client, secret: string | undefined, least = 1): string {
  const found = secret ?? internalsOf(client).options.client_secret
  if (typeof found !== 'string' || !found)
    throw oidcError(
      'OPTION_INVALID',
      `The client secret is ${describe(found)}. Give it to the authentication method or as the option client_secret.`,
    )
  // A key shorter than the hash is as weak as it is short: RFC 7518, section 3.2.
  if (new TextEncoder().encode(found).length < least)
    throw oidcError(
      'OPTION_INVALID',
      `The client secret is shorter than ${least} bytes, and no shorter one may sign. Have the server issue a longer one, or use clientSecretBasic() where it allows that.`,
    )
  return found
}
