import { answerWith, drop, html, set } from './changes.js'
import type { Fault } from './fault.js'

export type ExtensionFaultName =
  | 'par_no_request_uri'
  | 'par_expired'
  | 'par_ok'
  | 'par_html'
  | 'par_number'
  | 'dpop_downgrade'
  | 'introspection_string'
  | 'introspection_wrong_audience'
  | 'introspection_foreign_key'
  | 'introspection_wrong_issuer'
  | 'introspection_unsigned'
  | 'introspection_plain'
  | 'introspection_no_active'
  | 'introspection_html'
  | 'device_script_uri'
  | 'device_no_code'
  | 'device_no_user_code'
  | 'device_no_expiry'
  | 'device_html'
  | 'backchannel_no_id'
  | 'backchannel_no_expiry'
  | 'backchannel_html'
  | 'front_no_c_hash'
  | 'front_wrong_c_hash'
  | 'front_wrong_at_hash'
  | 'front_wrong_s_hash'
  | 'front_other_subject'
  | 'registration_no_client_id'
  | 'logout_token_nonce'
  | 'logout_token_no_events'
  | 'logout_token_foreign_key'

/** Of the endpoints of extensions. */
export const extensionFaults: Readonly<Record<ExtensionFaultName, Fault>> = {
  par_no_request_uri: { says: 'a push without request_uri', body: { par: drop('request_uri') } },
  par_expired: { says: 'a push that has expired before it was used', body: { par: set({ expires_in: 0 }) } },
  par_ok: {
    says: 'a push answered with 200',
    response: { par: (answer) => new Response(answer.body, { status: 200, headers: answer.headers }) },
  },
  par_html: { says: 'a web page for a push', response: { par: answerWith('<p>', { status: 502, headers: html }) } },
  par_number: { says: 'a push whose request_uri is a number', body: { par: set({ request_uri: 7 }) } },
  dpop_downgrade: { says: 'a Bearer token where a bound one was asked for', body: { token: set({ token_type: 'Bearer' }) } },
  introspection_string: { says: 'active that is a string', body: { introspection: set({ active: 'true' }) } },
  introspection_wrong_audience: {
    says: 'a signed introspection answer for another client',
    jwt: { introspection: { claims: set({ aud: 'another' }) } },
  },
  introspection_foreign_key: {
    says: "an introspection answer signed with somebody else's key",
    jwt: { introspection: { key: 'foreign' } },
  },
  introspection_wrong_issuer: {
    says: 'a signed introspection answer of another issuer',
    jwt: { introspection: { claims: set({ iss: 'https://evil.example' }) } },
  },
  introspection_unsigned: { says: 'an introspection answer with alg none', jwt: { introspection: { key: 'none' } } },
  introspection_plain: {
    says: 'plain JSON for an introspection, asked for as a JWT or not',
    response: { introspection: answerWith('{"active":true}') },
  },
  introspection_no_active: { says: 'an introspection answer without active', body: { introspection: drop('active') } },
  introspection_html: { says: 'a web page for an introspection', response: { introspection: answerWith('<p>', { headers: html }) } },
  device_script_uri: { says: 'a verification URI that is a script', body: { device: set({ verification_uri: 'javascript:alert(1)' }) } },
  device_no_code: { says: 'no device_code', body: { device: drop('device_code') } },
  device_no_user_code: { says: 'no user_code', body: { device: drop('user_code') } },
  device_no_expiry: { says: 'a device_code that never expires', body: { device: drop('expires_in') } },
  device_html: { says: 'a web page for a device', response: { device: answerWith('<p>', { headers: html }) } },
  backchannel_no_id: { says: 'no auth_req_id', body: { backchannel: drop('auth_req_id') } },
  backchannel_no_expiry: { says: 'an auth_req_id that never expires', body: { backchannel: drop('expires_in') } },
  backchannel_html: { says: 'a web page for an authentication request', response: { backchannel: answerWith('<p>', { headers: html }) } },
  front_no_c_hash: { says: 'an ID token through the browser that signs no code', jwt: { front_id_token: { claims: drop('c_hash') } } },
  front_wrong_c_hash: {
    says: 'an ID token through the browser that signs another code',
    jwt: { front_id_token: { claims: set({ c_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }) } },
  },
  front_wrong_at_hash: {
    says: 'an ID token through the browser that signs another access token',
    jwt: { front_id_token: { claims: set({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }) } },
  },
  front_wrong_s_hash: {
    says: 'an ID token through the browser that signs another state',
    jwt: { front_id_token: { claims: set({ s_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }) } },
  },
  front_other_subject: {
    says: 'an ID token through the browser that is of another user than the one of the token endpoint',
    jwt: { front_id_token: { claims: set({ sub: 'somebody-else' }) } },
  },
  registration_no_client_id: { says: 'a registration without client_id', body: { registration: drop('client_id') } },
  logout_token_nonce: { says: 'a logout token with a nonce', jwt: { logout_token: { claims: set({ nonce: 'a-nonce-value' }) } } },
  logout_token_no_events: { says: 'a logout token without events', jwt: { logout_token: { claims: drop('events') } } },
  logout_token_foreign_key: { says: "a logout token signed with somebody else's key", jwt: { logout_token: { key: 'foreign' } } },
}
