import type { JsonObject } from '@oidc/core'

/** What the issuer says of itself: every extension is there. */
export function describeIssuer(issuer: string, algorithms: readonly string[]): JsonObject {
  const signing = [...algorithms]
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    registration_endpoint: `${issuer}/register`,
    revocation_endpoint: `${issuer}/revoke`,
    introspection_endpoint: `${issuer}/introspect`,
    pushed_authorization_request_endpoint: `${issuer}/par`,
    device_authorization_endpoint: `${issuer}/device-authorization`,
    backchannel_authentication_endpoint: `${issuer}/backchannel`,
    end_session_endpoint: `${issuer}/end-session`,
    authorization_response_iss_parameter_supported: true,
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'code token', 'code id_token token', 'id_token token'],
    response_modes_supported: ['query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba',
    ],
    subject_types_supported: ['public'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'HS256'],
    id_token_signing_alg_values_supported: signing,
    userinfo_signing_alg_values_supported: signing,
    authorization_signing_alg_values_supported: signing,
    introspection_signing_alg_values_supported: signing,
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    request_object_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
    request_object_encryption_alg_values_supported: ['ECDH-ES', 'RSA-OAEP-256'],
    request_object_encryption_enc_values_supported: ['A128CBC-HS256', 'A256GCM'],
    dpop_signing_alg_values_supported: ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'],
    backchannel_token_delivery_modes_supported: ['poll', 'ping', 'push'],
    backchannel_user_code_parameter_supported: true,
    backchannel_authentication_request_signing_alg_values_supported: ['ES256', 'RS256', 'PS256'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    tls_client_certificate_bound_access_tokens: true,
    mtls_endpoint_aliases: Object.fromEntries(
      [
        ['token_endpoint', 'token'],
        ['userinfo_endpoint', 'userinfo'],
        ['revocation_endpoint', 'revoke'],
        ['introspection_endpoint', 'introspect'],
        ['pushed_authorization_request_endpoint', 'par'],
        ['device_authorization_endpoint', 'device-authorization'],
        ['backchannel_authentication_endpoint', 'backchannel'],
      ].map(([name, path]) => [name, `${aliasOrigin(issuer)}/${path}`]),
    ),
  }
}

/** Where connections with a client certificate go. */
export function aliasOrigin(issuer: string): string {
  const url = new URL(issuer)
  url.hostname = `mtls.${url.hostname}`
  return url.origin
}
