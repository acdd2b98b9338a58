import { type Client, encodeBase64Url, isSame, now, randomToken, sha256 } from '@oidc/core/plugin'
import type { CIBASettings } from './ciba.js'
import type { Asked, PendingAuthentication } from './store.js'

/** Seconds that a request waits for its own answer, which then says how long it really lasts. */
const firstWait = 600

export async function hash(value: string): Promise<string> {
  return encodeBase64Url(await sha256(value))
}

/**
 * Makes the token that the server shows when it calls, and keeps its hash: before the request is sent, for the server may call before its
 * answer has arrived.
 */
export async function prepareNotification(
  client: Client,
  { store }: CIBASettings,
  asked: Asked,
): Promise<{ readonly client_notification_token: string; readonly token_hash: string }> {
  const client_notification_token = randomToken(client)
  const token_hash = await hash(client_notification_token)
  const pending: PendingAuthentication = {
    issuer: client.server.issuer,
    client_id: client.metadata.client_id,
    token_hash,
    expires_at: now(client) + firstWait,
    ...asked,
  }
  await store.set(token_hash, pending, firstWait)
  return { client_notification_token, token_hash }
}

/** What waits for the notification with the token of this hash, if it is this client's and has not expired. */
export async function findPending(
  client: Client,
  { store }: Pick<CIBASettings, 'store'>,
  token_hash: string,
): Promise<PendingAuthentication | undefined> {
  const pending: unknown = await store.get(token_hash)
  return isPending(pending) &&
    // A store that compares its keys loosely, as some databases do, has not decided anything.
    isSame(pending.token_hash, token_hash) &&
    pending.issuer === client.server.issuer &&
    pending.client_id === client.metadata.client_id &&
    now(client) < pending.expires_at
    ? pending
    : undefined
}

/** From a store, it may be anything. */
function isPending(value: unknown): value is PendingAuthentication {
  if (typeof value !== 'object' || value === null) return false
  const { token_hash, auth_req_id_hash, expires_at, interval, scope, acr_values } = value as Readonly<Record<string, unknown>>
  return (
    typeof token_hash === 'string' &&
    typeof expires_at === 'number' &&
    (interval === undefined || typeof interval === 'number') &&
    [auth_req_id_hash, scope, acr_values].every((text) => text === undefined || typeof text === 'string')
  )
}

/** Whether a notification speaks of the request that its token was made for. One that comes before the answer is the first to name it. */
export function isOf({ auth_req_id_hash }: PendingAuthentication, hashed: string): boolean {
  return auth_req_id_hash === undefined || isSame(auth_req_id_hash, hashed)
}
