import type { PluginAuthentication } from '@oidc/core/plugin'
import { byCertificate, type MtlsOptions, mtls } from './mtls.js'
import { mtlsError } from './mtls-error.js'

export interface TlsClientAuthOptions extends MtlsOptions {
  /** As registered: by a certificate of an authority, or by one of the client's own `jwks`. The requests are the same. */
  readonly method?: 'tls_client_auth' | 'self_signed_tls_client_auth' | undefined
}

/**
 * Authentication by the certificate of the TLS connection, which comes from the client's `fetch`; the request itself holds no more than `client_id`.
 * It brings `mtls()` with it, which need not stand in `use`. {@link https://www.rfc-editor.org/rfc/rfc8705#section-2 RFC 8705, section 2}
 *
 * @throws `MTLS_OPTION_INVALID`, `MTLS_CERTIFICATE_INVALID`; when used, `MTLS_CERTIFICATE_REFUSED`, `MTLS_HANDSHAKE`
 */
export function tlsClientAuth({ method = 'tls_client_auth', ...options }: TlsClientAuthOptions = {}): PluginAuthentication {
  if (method !== 'tls_client_auth' && method !== 'self_signed_tls_client_auth')
    throw mtlsError(
      'MTLS_OPTION_INVALID',
      'The option method is neither tls_client_auth nor self_signed_tls_client_auth. Give the one that is registered, or leave it out.',
    )
  return {
    plugin: mtls(options),
    yields: true,
    authentication: {
      method,
      authenticate(exchange) {
        byCertificate.add(exchange)
        return { parameters: { client_id: exchange.client.metadata.client_id } }
      },
    },
  }
}
