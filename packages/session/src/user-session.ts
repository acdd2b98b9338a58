import type { Client, Tokens } from '@oidc/core'
import { now } from '@oidc/core/plugin'
import { findHome } from './home.js'
import { reauthentication } from './reauthentication.js'
import { beginRecord, nameTokens, type SessionRecord } from './session-record.js'
import type { Kept, Vault } from './vault.js'

/** The tokens of one login, in the store. */
export interface UserSession {
  /** What is stored. The tokens that the source was given are stored first, unless what is there descends from them. */
  load(): Promise<Kept>
}

/** @param given What the login gave; without them, there is only what the store holds. */
export function openUserSession(client: Client, vault: Vault, given: Tokens | undefined): UserSession {
  let begun = given === undefined
  return {
    async load() {
      for (;;) {
        const kept = await vault.read()
        const fresh = begun || given === undefined ? undefined : await chooseGiven(client, vault, kept, given)
        if (!fresh) {
          begun = true
          if (!kept)
            throw reauthentication(
              'Nothing is stored under the key of this session: it was never stored there, has ended, or was forgotten',
            )
          checkUser(kept.record, given)
          return kept
        }
        const written = await vault.write(kept, fresh)
        if (written) {
          begun = true
          return written
        }
      }
    },
  }
}

/** The record of the tokens that were given, where they are a new login. An application gives the same ones again and again, long after they were renewed. */
async function chooseGiven(client: Client, vault: Vault, kept: Kept | undefined, given: Tokens): Promise<SessionRecord | undefined> {
  const name = await nameTokens(given)
  if (kept) {
    if (kept.record.lineage.includes(name) || !mayBeNewer(given, kept.record)) return undefined
  } else if (await vault.hasEnded(name)) throw reauthentication('This session has ended')
  return beginRecord(given, now(client), findHome(client))
}

/** Whether tokens came no earlier than the stored ones did. Where nothing tells, they are of a new login: of the old one they would be in the lineage. */
function mayBeNewer({ expires_at, expires_in, claims }: Tokens, { at }: SessionRecord): boolean {
  const came = expires_at !== undefined && expires_in !== undefined ? expires_at - expires_in : claims?.iat
  return came === undefined || came >= at
}

/** Another user who signed in under the same key must not be served to whoever holds the tokens of the first. @throws `REAUTHENTICATION_REQUIRED` */
function checkUser({ tokens }: SessionRecord, given: Tokens | undefined): void {
  const [had, has] = [given?.claims?.sub, tokens.claims?.sub]
  if (had !== undefined && has !== undefined && had !== has)
    throw reauthentication('Another user has signed in under the key of this session')
}
