import type { Client, Tokens } from '@oidc/core'
import { findDefaultStore } from './default-store.js'
import { findFlight } from './flight.js'
import { defaultLease, type TokenSourceOptions } from './options.js'
import { isReauthentication } from './reauthentication.js'
import { type Refresh, refreshSession, saveUnsaved } from './refresh.js'
import { revokeTokens } from './revoke.js'
import { nameTokens } from './session-record.js'
import { findThumbprint, nameOf, type TokenSupply } from './supply.js'
import { guardStore } from './token-store.js'
import { openUserSession } from './user-session.js'
import { openVault } from './vault.js'

/**
 * The tokens of a user: one session in a store, renewed with its refresh token.
 *
 * @param signal Ends the waiting for other processes.
 */
export async function openUserSupply(
  client: Client,
  given: Tokens | undefined,
  options: TokenSourceOptions,
  signal: AbortSignal,
): Promise<TokenSupply> {
  const { lease = defaultLease, replayLost = false, sameAuthTime = false, onRefresh, encryption } = options
  const { server, metadata } = client
  const key = options.key ?? (await nameOf(server.issuer, metadata.client_id, given?.claims?.sub, given && (await nameTokens(given))))
  const store = options.store ?? findDefaultStore(client, key)
  const flight = findFlight(store, JSON.stringify([key, server.issuer, metadata.client_id, await findThumbprint(client)]))
  const vault = openVault(client, guardStore(store), key, encryption)
  const session = openUserSession(client, vault, given)
  const parts: Omit<Refresh, 'isStale' | 'timeout'> = {
    client,
    session,
    vault,
    flight,
    lock: options.lock ?? store.lock,
    name: key,
    lease,
    replayLost,
    sameAuthTime,
    signal,
    onRefresh,
  }
  return {
    flight,
    async load() {
      const { unsaved } = flight
      try {
        await saveUnsaved(parts)
      } catch (error) {
        // Still down: what is held here is good all the same.
        if (unsaved && flight.unsaved) return unsaved.record
        throw error
      }
      return (await session.load()).record
    },
    canRenew: (record) => record === undefined || record.tokens.refresh_token !== undefined,
    renew: (isStale, timeout) => refreshSession({ ...parts, isStale, timeout }),
    async forget(settings) {
      for (;;) {
        const kept = await session.load().catch((error: unknown) => {
          if (isReauthentication(error)) return undefined
          throw error
        })
        if (kept && !(await vault.end(kept))) continue
        const record = flight.unsaved?.record ?? kept?.record
        flight.unsaved = undefined
        if (record) await revokeTokens(client, record, settings)
        return record?.tokens
      }
    },
  }
}
