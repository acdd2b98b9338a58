import type { ClientMetadata, JsonObject } from '@oidc/core'

/** A client that the issuer knows, in the spelling of RFC 7591. */
export interface TestClient extends ClientMetadata {
  readonly client_secret?: string
  /** Public keys: of client assertions and request objects, and those to encrypt to. */
  readonly jwks?: { readonly keys: readonly JsonObject[] }
  /** `none`, unless there is a secret (`client_secret_basic`) or a key set (`private_key_jwt`). */
  readonly token_endpoint_auth_method?: string
  /** The certificate's `x5t#S256` for `tls_client_auth` and `self_signed_tls_client_auth`. */
  readonly certificate?: string
  readonly backchannel_token_delivery_mode?: 'poll' | 'ping' | 'push'
  readonly backchannel_client_notification_endpoint?: string
}

/** The one that is there when none is named: public, with any redirect_uri. */
export const defaultClient: TestClient = { client_id: 'app' }

export function methodOf(client: TestClient): string {
  if (client.token_endpoint_auth_method) return client.token_endpoint_auth_method
  if (client.client_secret) return 'client_secret_basic'
  return client.jwks ? 'private_key_jwt' : 'none'
}

/** A member by a name that is made up at run time. */
export const memberOf = (client: TestClient, name: string): unknown => new Map<string, unknown>(Object.entries(client)).get(name)
