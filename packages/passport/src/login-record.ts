import type { Client, Tokens } from '@oidc/core'

/** What a session remembers of the login that it came with: whose it is at the provider, so that a logout there finds it. */
export interface LoginRecord {
  readonly iss: string
  readonly client_id: string
  readonly sub: string
  readonly sid?: string
  /** For `id_token_hint`, where the session lives on the server. */
  readonly id_token?: string
  /** Under which the tokens of this login are kept. */
  readonly key?: string
}

/** Not among the strategy's own entries, which survive the next login: this one belongs to the user. */
export const recordKey = '@oidc/passport/login'

export function makeRecord({ server, metadata }: Client, { claims, id_token }: Tokens, key: string | undefined): LoginRecord | undefined {
  if (!claims) return key === undefined ? undefined : { iss: server.issuer, client_id: metadata.client_id, sub: '', key }
  const { iss, sub, sid } = claims
  return {
    iss,
    client_id: metadata.client_id,
    sub,
    ...(typeof sid === 'string' && { sid }),
    ...(id_token !== undefined && { id_token }),
    ...(key !== undefined && { key }),
  }
}

/** Of a session that came out of a store: undefined for whatever is none. */
export function parseRecord(value: unknown): LoginRecord | undefined {
  const { iss, client_id, sub, sid, id_token, key } = (value ?? {}) as Readonly<Record<keyof LoginRecord, unknown>>
  if (typeof iss !== 'string' || typeof client_id !== 'string' || typeof sub !== 'string') return undefined
  return {
    iss,
    client_id,
    sub,
    ...(typeof sid === 'string' && { sid }),
    ...(typeof id_token === 'string' && { id_token }),
    ...(typeof key === 'string' && { key }),
  }
}
