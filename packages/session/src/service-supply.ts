import { type Client, clientCredentialsGrant, type ExtraParameters, type Tokens } from '@oidc/core'
import { isOidcError, now, pause } from '@oidc/core/plugin'
import { findDefaultStore } from './default-store.js'
import { findFlight } from './flight.js'
import { findHome } from './home.js'
import { underLock } from './lock.js'
import { type ClientCredentials, defaultLease, type TokenSourceOptions } from './options.js'
import { callBack } from './refresh.js'
import { revokeTokens } from './revoke.js'
import { beginRecord, type SessionRecord } from './session-record.js'
import { findThumbprint, type IsStale, nameOf, type TokenSupply } from './supply.js'
import { guardStore } from './token-store.js'
import { openVault } from './vault.js'

/**
 * Tokens of the client itself. Another one costs nothing but a request, so a store or lock that is down is done without, and a request whose
 * answer was lost is sent again.
 */
export async function openServiceSupply(
  client: Client,
  { grant_type: _, ...parameters }: ClientCredentials,
  options: TokenSourceOptions,
): Promise<TokenSupply> {
  const { lease = defaultLease, encryption } = options
  const { server, metadata } = client
  const name = await nameOf(server.issuer, metadata.client_id, await findThumbprint(client), sortParameters(parameters))
  const key = `${options.key ?? 'client_credentials'}:${name}`
  const store = options.store ?? findDefaultStore(client, key)
  const lock = options.lock ?? store.lock
  const guarded = guardStore(store)
  const vault = openVault(client, guarded, key, encryption)
  let held: SessionRecord | undefined

  const read = async () => {
    const kept = await vault.read().catch(() => undefined)
    held = kept?.record ?? held
    return kept
  }
  const renewAlone = async (isStale: IsStale, timeout: number | undefined) => {
    const kept = await read()
    if (held && !isStale(held)) return held
    const tokens = await requestTokens(client, parameters, timeout)
    const record = await beginRecord(tokens, now(client), findHome(client))
    held = record
    // Where another was faster, its token is as good as this one.
    await vault.write(kept, record).catch(() => undefined)
    await callBack(options, tokens)
    return record
  }
  return {
    flight: findFlight(store, key),
    async load() {
      if (!held || now(client) >= held.due) await read()
      return held
    },
    canRenew: () => true,
    renew: (isStale, timeout) =>
      underLock(lock, key, { lease }, () => renewAlone(isStale, timeout)).catch((error: unknown) => {
        if (isOidcError(error) && /^SESSION_(?:STORE_FAILED|LOCK_TIMEOUT)$/.test(error.code)) return renewAlone(isStale, timeout)
        throw error
      }),
    async forget(settings) {
      await read()
      const record = held
      held = undefined
      await guarded.take(key)
      if (record) await revokeTokens(client, record, settings)
      return record?.tokens
    },
  }
}

/** A lost answer costs nothing here, so the request is sent once more. */
async function requestTokens(client: Client, parameters: ExtraParameters, timeout: number | undefined): Promise<Tokens> {
  try {
    return await clientCredentialsGrant(client, parameters, { timeout })
  } catch (error) {
    if (!isOidcError(error) || (error.code !== 'NETWORK_ERROR' && error.code !== 'TIMEOUT')) throw error
    await pause(client, 0.2 + Math.random() * 0.3, undefined)
    return clientCredentialsGrant(client, parameters, { timeout })
  }
}

/** The same request, however its parameters are written: names, scopes and resources have no order. */
function sortParameters(parameters: ExtraParameters): readonly unknown[] {
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, name === 'scope' ? sortScope(value) : [value].flat().sort()])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}

function sortScope(scope: ExtraParameters[string]): readonly string[] {
  return [...new Set([scope].flat().join(' ').split(' ').filter(Boolean))].sort()
}
