import { drop, set } from './changes.js'
import type { Fault } from './fault.js'

export type ExtensionFaultName =
  | 'par_no_request_uri'
  | 'par_expired'
  | 'par_ok'
  | 'dpop_downgrade'
  | 'introspection_string'
  | 'introspection_wrong_audience'
  | 'introspection_foreign_key'
  | 'device_script_uri'
  | 'device_no_code'
  | 'backchannel_no_id'
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
  device_script_uri: { says: 'a verification URI that is a script', body: { device: set({ verification_uri: 'javascript:alert(1)' }) } },
  device_no_code: { says: 'no device_code', body: { device: drop('device_code') } },
  backchannel_no_id: { says: 'no auth_req_id', body: { backchannel: drop('auth_req_id') } },
  registration_no_client_id: { says: 'a registration without client_id', body: { registration: drop('client_id') } },
  logout_token_nonce: { says: 'a logout token with a nonce', jwt: { logout_token: { claims: set({ nonce: 'a-nonce-value' }) } } },
  logout_token_no_events: { says: 'a logout token without events', jwt: { logout_token: { claims: drop('events') } } },
  logout_token_foreign_key: { says: "a logout token signed with somebody else's key", jwt: { logout_token: { key: 'foreign' } } },
}
