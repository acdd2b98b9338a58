import type { Client } from '@oidc/core'
import { sessionError } from './session-error.js'
import type { SessionRecord } from './session-record.js'

/** Whom tokens belong to, and where they may be sent. */
export type Home = Pick<SessionRecord, 'issuer' | 'client_id' | 'origins'>

const endpoints = ['token_endpoint', 'revocation_endpoint']

export function findHome({ server, metadata }: Client): Home {
  return { issuer: server.issuer, client_id: metadata.client_id, origins: [...new Set(listOrigins(server, endpoints))] }
}

/**
 * A refresh token is worth a session: it goes to the server that issued it and nowhere else, whatever the metadata says by now.
 * {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.4 RFC 9700, section 4.4}
 *
 * @throws `SESSION_ISSUER_MISMATCH`
 */
export function checkHome(record: Home, home: Home): void {
  const differing = record.issuer !== home.issuer ? 'issuer' : record.client_id !== home.client_id ? 'client_id' : undefined
  if (differing !== undefined)
    throw sessionError(
      'SESSION_ISSUER_MISMATCH',
      `The stored tokens are of another ${differing} than this client's. Give each client a key of its own, or start a new login.`,
    )
}

/** @throws `SESSION_ISSUER_MISMATCH` */
export function checkTokenEndpoint({ origins }: Home, { server }: Client): void {
  if (listOrigins(server, ['token_endpoint']).every((origin) => origins.includes(origin))) return
  throw sessionError(
    'SESSION_ISSUER_MISMATCH',
    'The token_endpoint of the server has moved to another origin since the tokens were issued. Make sure that the metadata is right, then start a new login.',
  )
}

/** Whether the token may go to where tokens are revoked. */
export function isRevocable({ origins }: Home, { server }: Client): boolean {
  const places = listOrigins(server, ['revocation_endpoint'])
  return places.length > 0 && places.every((origin) => origins.includes(origin))
}

function listOrigins(server: Client['server'], names: readonly string[]): string[] {
  const aliases = server.mtls_endpoint_aliases as Readonly<Record<string, unknown>> | undefined
  return names
    .flatMap((name) => [server[name], aliases?.[name]])
    .filter((url) => typeof url === 'string')
    .map((url) => new URL(url).origin)
}
