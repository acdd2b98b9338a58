import { oidcError } from '../base/errors.js'
import { isJsonObject, isString } from '../base/json.js'
import type { Transaction } from '../client/authorization.js'
import type { Client } from '../client/client.js'
import { internalsOf, now } from '../client/internals.js'
import { describe } from '../client/options.js'

/** Seconds that a login may take. */
const lifetime = 900
const strings = ['issuer', 'client_id', 'state', 'code_verifier', 'redirect_uri', 'response_type'] as const
const optionalStrings = ['nonce', 'response_mode', 'scope', 'acr_values'] as const

/**
 * Checks that a transaction is one, of this client and server, and not too old.
 *
 * @throws `TRANSACTION_INVALID`, `TRANSACTION_MISMATCH`, `TRANSACTION_EXPIRED`
 */
export function checkTransaction(client: Client, value: unknown): Transaction {
  const { clockTolerance } = internalsOf(client)
  if (!isJsonObject(value)) throw invalid(`is ${describe(value)}`)
  for (const name of strings) if (!isString(value[name])) throw invalid(`has no ${name}`)
  for (const name of optionalStrings)
    if (value[name] !== undefined && typeof value[name] !== 'string') throw invalid(`has a ${name} that is not a string`)
  const { created_at, nonce, max_age, essential_acr_values: acr, resource } = value
  if (!isNumber(created_at)) throw invalid('has no created_at')
  if (nonce === '') throw invalid('has an empty nonce')
  // Of another kind, these would loosen a check instead of failing it.
  if (max_age !== undefined && !isNumber(max_age)) throw invalid('has a max_age that is not a number')
  if (acr !== undefined && !(Array.isArray(acr) && acr.every(isString)))
    throw invalid('has essential_acr_values that are not an array of strings')
  if (![resource ?? ''].flat().every((item) => typeof item === 'string')) throw invalid('has a resource that is not a string')
  const transaction = value as unknown as Transaction
  const { issuer, client_id } = transaction
  if (issuer !== client.server.issuer || client_id !== client.metadata.client_id)
    throw oidcError(
      'TRANSACTION_MISMATCH',
      `The transaction is of client ${JSON.stringify(client_id)} at ${issuer}, and this is client ${JSON.stringify(client.metadata.client_id)} at ${client.server.issuer}. Use the client that began the login.`,
    )
  const age = now(client) - created_at
  if (age > lifetime || -age > clockTolerance)
    throw oidcError('TRANSACTION_EXPIRED', `The transaction is ${age} seconds old, and at most ${lifetime} are allowed. Start a new login.`)
  // What a plugin could change in it, core would then believe.
  return Object.freeze({ ...transaction })
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function invalid(problem: string) {
  return oidcError('TRANSACTION_INVALID', `The transaction ${problem}. Give the one that createAuthorizationRequest gave, kept unchanged.`)
}
