import { isObject } from './registration-error.js'

/** Every member of client metadata that core knows, by the kind it must be of. A test compares the names with core's type. */
export const memberKinds = {
  'a string':
    'client_id client_secret registration_access_token registration_client_uri token_endpoint_auth_method token_endpoint_auth_signing_alg client_name client_uri logo_uri scope tos_uri policy_uri jwks_uri software_id software_version software_statement application_type sector_identifier_uri subject_type id_token_signed_response_alg id_token_encrypted_response_alg id_token_encrypted_response_enc userinfo_signed_response_alg userinfo_encrypted_response_alg userinfo_encrypted_response_enc request_object_signing_alg request_object_encryption_alg request_object_encryption_enc initiate_login_uri backchannel_logout_uri frontchannel_logout_uri authorization_signed_response_alg authorization_encrypted_response_alg authorization_encrypted_response_enc tls_client_auth_subject_dn tls_client_auth_san_dns tls_client_auth_san_uri tls_client_auth_san_ip tls_client_auth_san_email introspection_signed_response_alg introspection_encrypted_response_alg introspection_encrypted_response_enc backchannel_token_delivery_mode backchannel_client_notification_endpoint backchannel_authentication_request_signing_alg',
  'an array of strings':
    'redirect_uris grant_types response_types contacts default_acr_values request_uris post_logout_redirect_uris authorization_details_types',
  'true or false':
    'require_auth_time backchannel_logout_session_required frontchannel_logout_session_required tls_client_certificate_bound_access_tokens use_mtls_endpoint_aliases require_signed_request_object require_pushed_authorization_requests dpop_bound_access_tokens backchannel_user_code_parameter',
  'a number of seconds': 'client_id_issued_at client_secret_expires_at default_max_age',
  'an object': 'jwks',
} as const

export type MemberKind = keyof typeof memberKinds

/** The kind of a member by its name; undefined for one that nobody here knows. */
export function findKind(name: string): MemberKind | undefined {
  for (const [kind, names] of Object.entries(memberKinds)) if (names.split(' ').includes(name)) return kind as MemberKind
  return undefined
}

export function isOfKind(value: unknown, kind: MemberKind): boolean {
  if (kind === 'a string') return typeof value === 'string'
  if (kind === 'an array of strings') return Array.isArray(value) && value.every((item) => typeof item === 'string')
  if (kind === 'true or false') return typeof value === 'boolean'
  if (kind === 'an object') return isObject(value)
  // Ten thousand years: a larger number is milliseconds or a mistake.
  return typeof value === 'number' && value >= 0 && value <= 253402300800
}
