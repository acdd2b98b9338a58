import type { JsonObject } from '../base/json.js'

/**
 * What a client has registered, in the spelling of {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591},
 * {@link https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata OpenID Connect Registration 1.0} and their extensions.
 * Closed: a misspelled member would silently loosen a check, so an unknown one is refused.
 */
export interface ClientMetadata {
  readonly client_id: string
  readonly client_id_issued_at?: number
  readonly client_secret?: string
  /** Epoch seconds; 0 is never. */
  readonly client_secret_expires_at?: number
  readonly registration_access_token?: string
  readonly registration_client_uri?: string
  readonly redirect_uris?: readonly string[]
  readonly token_endpoint_auth_method?: string
  readonly token_endpoint_auth_signing_alg?: string
  readonly grant_types?: readonly string[]
  readonly response_types?: readonly string[]
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly scope?: string
  readonly contacts?: readonly string[]
  readonly tos_uri?: string
  readonly policy_uri?: string
  readonly jwks_uri?: string
  readonly jwks?: JsonObject
  readonly software_id?: string
  readonly software_version?: string
  readonly software_statement?: string
  // OpenID Connect Registration 1.0
  readonly application_type?: 'web' | 'native'
  readonly sector_identifier_uri?: string
  readonly subject_type?: 'pairwise' | 'public'
  readonly id_token_signed_response_alg?: string
  readonly id_token_encrypted_response_alg?: string
  readonly id_token_encrypted_response_enc?: string
  readonly userinfo_signed_response_alg?: string
  readonly userinfo_encrypted_response_alg?: string
  readonly userinfo_encrypted_response_enc?: string
  readonly request_object_signing_alg?: string
  readonly request_object_encryption_alg?: string
  readonly request_object_encryption_enc?: string
  /** Seconds. */
  readonly default_max_age?: number
  readonly require_auth_time?: boolean
  readonly default_acr_values?: readonly string[]
  readonly initiate_login_uri?: string
  readonly request_uris?: readonly string[]
  // Logout
  readonly post_logout_redirect_uris?: readonly string[]
  readonly backchannel_logout_uri?: string
  readonly backchannel_logout_session_required?: boolean
  readonly frontchannel_logout_uri?: string
  readonly frontchannel_logout_session_required?: boolean
  // JARM
  readonly authorization_signed_response_alg?: string
  readonly authorization_encrypted_response_alg?: string
  readonly authorization_encrypted_response_enc?: string
  // RFC 8705, 9101, 9126, 9396, 9449, 9701
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly tls_client_auth_subject_dn?: string
  readonly tls_client_auth_san_dns?: string
  readonly tls_client_auth_san_uri?: string
  readonly tls_client_auth_san_ip?: string
  readonly tls_client_auth_san_email?: string
  readonly use_mtls_endpoint_aliases?: boolean
  readonly require_signed_request_object?: boolean
  readonly require_pushed_authorization_requests?: boolean
  readonly authorization_details_types?: readonly string[]
  readonly dpop_bound_access_tokens?: boolean
  readonly introspection_signed_response_alg?: string
  readonly introspection_encrypted_response_alg?: string
  readonly introspection_encrypted_response_enc?: string
  // CIBA
  readonly backchannel_token_delivery_mode?: 'poll' | 'ping' | 'push'
  readonly backchannel_client_notification_endpoint?: string
  readonly backchannel_authentication_request_signing_alg?: string
  readonly backchannel_user_code_parameter?: boolean
}

/** The names of {@link ClientMetadata}, for telling a misspelled one. A test compares them with the type. */
export const clientMetadataNames =
  'client_id client_id_issued_at client_secret client_secret_expires_at registration_access_token registration_client_uri redirect_uris token_endpoint_auth_method token_endpoint_auth_signing_alg grant_types response_types client_name client_uri logo_uri scope contacts tos_uri policy_uri jwks_uri jwks software_id software_version software_statement application_type sector_identifier_uri subject_type id_token_signed_response_alg id_token_encrypted_response_alg id_token_encrypted_response_enc userinfo_signed_response_alg userinfo_encrypted_response_alg userinfo_encrypted_response_enc request_object_signing_alg request_object_encryption_alg request_object_encryption_enc default_max_age require_auth_time default_acr_values initiate_login_uri request_uris post_logout_redirect_uris backchannel_logout_uri backchannel_logout_session_required frontchannel_logout_uri frontchannel_logout_session_required authorization_signed_response_alg authorization_encrypted_response_alg authorization_encrypted_response_enc tls_client_certificate_bound_access_tokens tls_client_auth_subject_dn tls_client_auth_san_dns tls_client_auth_san_uri tls_client_auth_san_ip tls_client_auth_san_email use_mtls_endpoint_aliases require_signed_request_object require_pushed_authorization_requests authorization_details_types dpop_bound_access_tokens introspection_signed_response_alg introspection_encrypted_response_alg introspection_encrypted_response_enc backchannel_token_delivery_mode backchannel_client_notification_endpoint backchannel_authentication_request_signing_alg backchannel_user_code_parameter'
