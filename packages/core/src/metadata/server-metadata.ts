/** The endpoints that a server's metadata may name. */
export type EndpointName =
  | 'authorization_endpoint'
  | 'token_endpoint'
  | 'userinfo_endpoint'
  | 'revocation_endpoint'
  | 'introspection_endpoint'
  | 'registration_endpoint'
  | 'pushed_authorization_request_endpoint'
  | 'device_authorization_endpoint'
  | 'backchannel_authentication_endpoint'
  | 'end_session_endpoint'
  | `${string}_endpoint`

/**
 * What a server says of itself: {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414},
 * {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata OpenID Connect Discovery 1.0}, and the extensions
 * that register members there. Members that nobody here knows are kept, unread.
 */
export interface ServerMetadata {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly jwks_uri?: string
  readonly registration_endpoint?: string
  readonly scopes_supported?: readonly string[]
  readonly response_types_supported?: readonly string[]
  readonly response_modes_supported?: readonly string[]
  readonly grant_types_supported?: readonly string[]
  readonly token_endpoint_auth_methods_supported?: readonly string[]
  readonly token_endpoint_auth_signing_alg_values_supported?: readonly string[]
  readonly service_documentation?: string
  readonly ui_locales_supported?: readonly string[]
  readonly op_policy_uri?: string
  readonly op_tos_uri?: string
  readonly revocation_endpoint?: string
  readonly revocation_endpoint_auth_methods_supported?: readonly string[]
  readonly revocation_endpoint_auth_signing_alg_values_supported?: readonly string[]
  readonly introspection_endpoint?: string
  readonly introspection_endpoint_auth_methods_supported?: readonly string[]
  readonly introspection_endpoint_auth_signing_alg_values_supported?: readonly string[]
  readonly code_challenge_methods_supported?: readonly string[]
  readonly signed_metadata?: string
  // OpenID Connect Discovery 1.0
  readonly userinfo_endpoint?: string
  readonly acr_values_supported?: readonly string[]
  readonly subject_types_supported?: readonly string[]
  readonly id_token_signing_alg_values_supported?: readonly string[]
  readonly id_token_encryption_alg_values_supported?: readonly string[]
  readonly id_token_encryption_enc_values_supported?: readonly string[]
  readonly userinfo_signing_alg_values_supported?: readonly string[]
  readonly userinfo_encryption_alg_values_supported?: readonly string[]
  readonly userinfo_encryption_enc_values_supported?: readonly string[]
  readonly request_object_signing_alg_values_supported?: readonly string[]
  readonly request_object_encryption_alg_values_supported?: readonly string[]
  readonly request_object_encryption_enc_values_supported?: readonly string[]
  readonly display_values_supported?: readonly string[]
  readonly claim_types_supported?: readonly string[]
  readonly claims_supported?: readonly string[]
  readonly claims_locales_supported?: readonly string[]
  readonly claims_parameter_supported?: boolean
  readonly request_parameter_supported?: boolean
  readonly request_uri_parameter_supported?: boolean
  readonly require_request_uri_registration?: boolean
  // RFC 8705, 8628, 9101, 9126, 9207, 9396, 9449, 9701, 9728
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly mtls_endpoint_aliases?: Readonly<Record<string, string>>
  readonly device_authorization_endpoint?: string
  readonly require_signed_request_object?: boolean
  readonly pushed_authorization_request_endpoint?: string
  readonly require_pushed_authorization_requests?: boolean
  readonly authorization_response_iss_parameter_supported?: boolean
  readonly authorization_details_types_supported?: readonly string[]
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly introspection_signing_alg_values_supported?: readonly string[]
  readonly introspection_encryption_alg_values_supported?: readonly string[]
  readonly introspection_encryption_enc_values_supported?: readonly string[]
  readonly protected_resources?: readonly string[]
  // JARM
  readonly authorization_signing_alg_values_supported?: readonly string[]
  readonly authorization_encryption_alg_values_supported?: readonly string[]
  readonly authorization_encryption_enc_values_supported?: readonly string[]
  // CIBA
  readonly backchannel_authentication_endpoint?: string
  readonly backchannel_token_delivery_modes_supported?: readonly string[]
  readonly backchannel_authentication_request_signing_alg_values_supported?: readonly string[]
  readonly backchannel_user_code_parameter_supported?: boolean
  // Logout
  readonly end_session_endpoint?: string
  readonly check_session_iframe?: string
  readonly frontchannel_logout_supported?: boolean
  readonly frontchannel_logout_session_supported?: boolean
  readonly backchannel_logout_supported?: boolean
  readonly backchannel_logout_session_supported?: boolean
  readonly [member: string]: unknown
}
