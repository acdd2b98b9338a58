import { type Client, type RequestSettings, revokeToken } from '@oidc/core'
import { emit, isOidcError } from '@oidc/core/plugin'
import { isRevocable } from './home.js'
import type { SessionRecord } from './session-record.js'

/**
 * Tells the server that tokens are no longer needed, where it takes that. It is no reason to fail: here, they are gone.
 * {@link https://www.rfc-editor.org/rfc/rfc7009 RFC 7009}
 */
export async function revokeTokens(client: Client, record: SessionRecord, settings: RequestSettings = {}): Promise<void> {
  if (!isRevocable(record, client)) return
  const { refresh_token, access_token } = record.tokens
  const token_type_hint = refresh_token === undefined ? 'access_token' : 'refresh_token'
  try {
    await revokeToken(client, refresh_token ?? access_token, { ...settings, parameters: { token_type_hint } })
  } catch (error) {
    emit(client, { type: 'session:revocation_failed', code: isOidcError(error) ? error.code : undefined })
  }
}
