import { answerWith, html, set } from './changes.js'
import type { Fault, JwtFault, Members } from './fault.js'

export type RefreshFaultName =
  | 'refresh_html'
  | 'refresh_error'
  | 'refresh_no_access_token'
  | 'refresh_unknown_type'
  | 'refresh_other_subject'
  | 'refresh_other_issuer'
  | 'refresh_other_audience'
  | 'refresh_other_nonce'
  | 'refresh_foreign_key'
  | 'refresh_other_auth_time'

const idToken = (says: string, refreshed_id_token: JwtFault): Fault => ({ says, refusedAt: 'refresh', jwt: { refreshed_id_token } })
const claims = (says: string, change: (claims: Members) => void): Fault => idToken(says, { claims: change })

/** Of the answer to a refresh token. {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse OpenID Connect Core 1.0, section 12.2} */
export const refreshFaults: Readonly<Record<RefreshFaultName, Fault>> = {
  refresh_html: {
    says: 'a web page for a refresh',
    refusedAt: 'refresh',
    response: { refresh: answerWith('<p>', { status: 502, headers: html }) },
  },
  refresh_error: {
    says: 'invalid_grant for a refresh',
    refusedAt: 'refresh',
    response: { refresh: answerWith('{"error":"invalid_grant"}', { status: 400 }) },
  },
  refresh_no_access_token: { says: 'a refresh without access_token', refusedAt: 'refresh', body: { refresh: set({ access_token: '' }) } },
  refresh_unknown_type: {
    says: 'a refresh with a token_type that nobody knows',
    refusedAt: 'refresh',
    body: { refresh: set({ token_type: 'mac' }) },
  },
  refresh_other_subject: claims('the ID token of another user at a refresh', set({ sub: 'somebody-else' })),
  refresh_other_issuer: claims('the ID token of another issuer at a refresh', set({ iss: 'https://evil.example' })),
  refresh_other_audience: claims('the ID token for another client at a refresh', set({ aud: 'another' })),
  refresh_other_nonce: claims('the nonce of another login at a refresh', set({ nonce: 'another-nonce' })),
  refresh_other_auth_time: claims('another auth_time at a refresh', set({ auth_time: 1 })),
  refresh_foreign_key: idToken("an ID token signed with somebody else's key at a refresh", { key: 'foreign' }),
}
