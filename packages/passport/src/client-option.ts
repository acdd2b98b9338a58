import type { Client } from '@oidc/core'
import { isOidcError, now, oidcError } from '@oidc/core/plugin'
import type { Request } from 'express'
import { passportError } from './passport-error.js'

/** A client, or a function of the request that gives one. */
export type ClientOption = Client | ((req: Request) => Client | Promise<Client>)

/** @throws `CLIENT_UNAVAILABLE`, and what the function throws if it is an OidcError */
export async function findClient(client: ClientOption, req: Request): Promise<Client> {
  if (typeof client !== 'function') return client
  try {
    return await client(req)
  } catch (error) {
    if (isOidcError(error)) throw error
    throw passportError(
      'CLIENT_UNAVAILABLE',
      'The function given as the option client failed. Look at the cause; it must give what createClient() or discover() gives.',
      { cause: error },
    )
  }
}

/** @throws `OPTION_INVALID`, `CLIENT_INVALID` */
export function checkClientOption(client: unknown, what: string): void {
  if (client === undefined || client === null)
    throw oidcError(
      'OPTION_INVALID',
      `The option client of ${what} is missing or of the wrong kind. Give a function that gives one, e.g. () => discover(issuer, { … }), or what createClient() gave.`,
    )
  if (typeof client === 'function') return
  if (typeof (client as { then?: unknown }).then === 'function')
    throw oidcError(
      'OPTION_INVALID',
      'The option client is a promise that was not awaited. Give a function: client: () => discover(issuer, { … }). It is called at every request, and discover keeps its answer.',
    )
  now(client as Client)
}
