import { drop, response, set } from './changes.js'
import type { Fault } from './fault.js'

export type CallbackFaultName =
  | 'callback_wrong_state'
  | 'callback_no_state'
  | 'callback_wrong_iss'
  | 'callback_no_iss'
  | 'callback_no_code'
  | 'callback_error_and_code'
  | 'callback_access_token'
  | 'callback_long_code'
  | 'callback_repeated'
  | 'callback_misplaced'
  | 'response_unsigned'
  | 'response_foreign_key'
  | 'response_wrong_audience'
  | 'response_wrong_issuer'
  | 'response_expired'
  | 'response_no_expiry'

/** Of the authorization response, secured or not. */
export const callbackFaults: Readonly<Record<CallbackFaultName, Fault>> = {
  callback_wrong_state: {
    says: 'the state of another login',
    refusedAt: 'callback',
    callback: (sent) => sent.set('state', 'another-state'),
  },
  callback_no_state: { says: 'no state', refusedAt: 'callback', callback: (sent) => sent.delete('state') },
  callback_wrong_iss: { says: 'iss of another issuer', refusedAt: 'callback', callback: (sent) => sent.set('iss', 'https://evil.example') },
  callback_no_iss: { says: 'no iss though it is promised', refusedAt: 'callback', callback: (sent) => sent.delete('iss') },
  callback_no_code: { says: 'no code', refusedAt: 'callback', callback: (sent) => sent.delete('code') },
  callback_error_and_code: {
    says: 'a code and an error',
    refusedAt: 'callback',
    callback: (sent) => sent.set('error', 'server_error'),
  },
  callback_access_token: {
    says: 'an access token through the browser',
    refusedAt: 'callback',
    callback: (sent) => {
      sent.set('access_token', 'front-channel-token')
      sent.set('token_type', 'Bearer')
    },
  },
  callback_long_code: { says: 'a code of 100 kB', refusedAt: 'callback', callback: (sent) => sent.set('code', 'c'.repeat(100_000)) },
  callback_repeated: {
    says: 'a parameter twice',
    refusedAt: 'callback',
    carried: (sent) => {
      for (const [name, value] of [...sent]) sent.append(name, value)
    },
  },
  callback_misplaced: { says: 'the response in another place than was asked for', refusedAt: 'callback', misplaced: true },
  response_unsigned: response('a secured response with alg none', { key: 'none' }),
  response_foreign_key: response("a secured response signed with somebody else's key", { key: 'foreign' }),
  response_wrong_audience: response('a secured response for another client', { claims: set({ aud: 'another' }) }),
  response_wrong_issuer: response('a secured response of another issuer', { claims: set({ iss: 'https://evil.example' }) }),
  response_expired: response('a secured response that expired', {
    claims: (all, now) => {
      all.exp = now - 3600
    },
  }),
  response_no_expiry: response('a secured response that never expires', { claims: drop('exp') }),
}
