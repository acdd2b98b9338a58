import { answerWith, breakNetwork, drop, grant, hang, html, json, set, stall, token } from './changes.js'
import type { Fault } from './fault.js'

export type TokenFaultName =
  | 'token_no_type'
  | 'token_unknown_type'
  | 'token_no_access_token'
  | 'token_control_characters'
  | 'token_number'
  | 'token_refresh_number'
  | 'token_error_with_tokens'
  | 'token_no_id_token'
  | 'token_id_token_object'
  | 'token_html'
  | 'token_wrong_media_type'
  | 'token_no_content'
  | 'token_null'
  | 'token_truncated'
  | 'token_redirect'
  | 'token_error'
  | 'token_down'
  | 'token_duplicate'
  | 'token_deep'
  | 'token_large'
  | 'token_invalid_utf8'
  | 'token_hanging'
  | 'token_stalled'

/** Of the token endpoint. */
export const tokenFaults: Readonly<Record<TokenFaultName, Fault>> = {
  token_no_type: { says: 'no token_type', refusedAt: 'token', body: { token: drop('token_type') } },
  token_unknown_type: grant('a token_type that nobody knows', set({ token_type: 'mac' })),
  token_no_access_token: { says: 'no access_token', refusedAt: 'token', body: { token: drop('access_token') } },
  token_control_characters: grant('an access token with a line break', set({ access_token: 'one\r\nx-header: two' })),
  token_number: grant('an access token that is a number', set({ access_token: 7 })),
  token_refresh_number: grant('a refresh token that is a number', set({ refresh_token: 7 })),
  token_error_with_tokens: grant('tokens and an error', set({ error: 'server_error' })),
  token_no_id_token: { says: 'no ID token', refusedAt: 'token', body: { token: drop('id_token') } },
  token_id_token_object: grant('an ID token that is an object', set({ id_token: {} })),
  token_html: token('a web page', answerWith('<p>', { status: 502, headers: html })),
  token_wrong_media_type: {
    says: 'tokens that say they are a web page',
    refusedAt: 'token',
    response: { token: async (answer) => new Response(await answer.text(), { headers: html }) },
  },
  token_no_content: token('no content', () => new Response(null, { status: 204 })),
  token_null: token('null', answerWith('null')),
  token_truncated: token('half a document', answerWith('{"access_token":"a')),
  token_redirect: token('a redirect', answerWith('', { status: 307, headers: { location: 'https://evil.example/' } })),
  token_error: token('invalid_grant', answerWith('{"error":"invalid_grant"}', { status: 400 })),
  token_down: token('no connection', breakNetwork),
  token_duplicate: {
    says: 'a member twice',
    refusedAt: 'token',
    response: {
      token: async (answer) =>
        new Response((await answer.text()).replace('{', '{"access_token":"another",'), { headers: { 'content-type': json } }),
    },
  },
  token_deep: {
    says: 'a document that is nested a thousand times',
    refusedAt: 'token',
    response: { token: answerWith(`{"access_token":"a","token_type":"Bearer","x":${'['.repeat(1000)}${']'.repeat(1000)}}`) },
  },
  token_large: { says: 'a document of 2 MiB', refusedAt: 'token', response: { token: answerWith(`{"x":"${'x'.repeat(2_097_152)}"}`) } },
  token_invalid_utf8: {
    says: 'bytes that are no UTF-8',
    refusedAt: 'token',
    response: {
      token: () => new Response(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), { headers: { 'content-type': json } }),
    },
  },
  token_hanging: { ...token('no answer at all, though the connection stands', hang), hangs: true },
  token_stalled: { ...token('the beginning of a document, and then nothing more', stall), hangs: true },
}
