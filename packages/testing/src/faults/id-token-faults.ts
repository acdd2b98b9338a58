import { answerWith, claims, drop, html, idToken, set } from './changes.js'
import type { Fault } from './fault.js'

export type IdTokenFaultName =
  | 'id_token_unsigned'
  | 'id_token_foreign_key'
  | 'id_token_public_key_mac'
  | 'id_token_changed'
  | 'id_token_critical'
  | 'id_token_embedded_key'
  | 'id_token_foreign_type'
  | 'id_token_wrong_issuer'
  | 'id_token_wrong_audience'
  | 'id_token_more_audiences'
  | 'id_token_foreign_party'
  | 'id_token_wrong_nonce'
  | 'id_token_no_nonce'
  | 'id_token_no_subject'
  | 'id_token_no_expiry'
  | 'id_token_expired'
  | 'id_token_from_tomorrow'
  | 'id_token_not_yet'
  | 'id_token_wrong_access_token'
  | 'id_token_string_times'
  | 'userinfo_other_subject'
  | 'userinfo_no_subject'
  | 'userinfo_html'

/** Of the ID token and of UserInfo. */
export const idTokenFaults: Readonly<Record<IdTokenFaultName, Fault>> = {
  id_token_unsigned: idToken('an ID token with alg none', { key: 'none' }),
  id_token_foreign_key: idToken("an ID token signed with somebody else's key", { key: 'foreign' }),
  id_token_public_key_mac: idToken('an ID token with a MAC keyed with the public key', { key: 'public' }),
  id_token_changed: idToken('an ID token that was changed on its way', {
    compact: (jwt) =>
      jwt.replace(/\.([\w-]+)\./, (_, payload: string) => `.${payload.slice(0, 8)}${payload[8] === 'A' ? 'B' : 'A'}${payload.slice(9)}.`),
  }),
  id_token_critical: idToken('an ID token with a critical header', { header: set({ crit: ['x'], x: 1 }) }),
  id_token_embedded_key: idToken('an ID token that brings its own key', { key: 'foreign', header: drop('kid') }),
  id_token_foreign_type: idToken('an ID token that says it is a logout token', { header: set({ typ: 'logout+jwt' }) }),
  id_token_wrong_issuer: claims('an ID token of another issuer', set({ iss: 'https://evil.example' })),
  id_token_wrong_audience: claims('an ID token for another client', set({ aud: 'another' })),
  id_token_more_audiences: claims('an ID token for a second client as well', (all) => {
    all.aud = [all.aud, 'another']
  }),
  id_token_foreign_party: claims('an ID token whose azp is another client', set({ azp: 'another' })),
  id_token_wrong_nonce: claims('the nonce of another login', set({ nonce: 'another-nonce' })),
  id_token_no_nonce: claims('no nonce', drop('nonce')),
  id_token_no_subject: claims('no sub', drop('sub')),
  id_token_no_expiry: claims('no exp', drop('exp')),
  id_token_expired: claims('an ID token that expired an hour ago', (all, now) => {
    all.exp = now - 3600
  }),
  id_token_from_tomorrow: claims('an ID token of tomorrow', (all, now) => {
    all.iat = now + 86_400
  }),
  id_token_not_yet: claims('an ID token that is good from tomorrow', (all, now) => {
    all.nbf = now + 86_400
  }),
  id_token_wrong_access_token: claims('the at_hash of another access token', set({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' })),
  id_token_string_times: claims('an exp that is a string', (all) => {
    all.exp = String(all.exp)
  }),
  userinfo_other_subject: { says: 'UserInfo of another user', refusedAt: 'userinfo', body: { userinfo: set({ sub: 'somebody-else' }) } },
  userinfo_no_subject: { says: 'UserInfo without sub', refusedAt: 'userinfo', body: { userinfo: drop('sub') } },
  userinfo_html: { says: 'a web page for UserInfo', refusedAt: 'userinfo', response: { userinfo: answerWith('<p>', { headers: html }) } },
}
