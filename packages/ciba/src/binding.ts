import type { Client, Tokens } from '@oidc/core'
import { checkTokenHash, decryptJwt, type Expectation, isSame, requiredAcr } from '@oidc/core/plugin'
import { cibaError } from './ciba-error.js'
import type { Asked } from './store.js'

/** What an ID token in the answer must say. `nonce` has no place in this flow, so there must be none. */
export function expectTokens(client: Client, { scope, acr_values }: Asked): Expectation {
  return { required: true, nonce: undefined, scope, acr_values: requiredAcr(client, acr_values) }
}

const authReqIdClaim = 'urn:openid:params:jwt:claim:auth_req_id'
const refreshTokenHashClaim = 'urn:openid:params:jwt:claim:rt_hash'

/**
 * Checks what the ID token says of what came with it, where it says it.
 *
 * @throws `CIBA_AUTH_REQ_ID`, `CIBA_PUSH_BINDING`, `ID_TOKEN_HASH`
 */
export async function checkBinding(client: Client, { claims, id_token, refresh_token }: Tokens, auth_req_id: string): Promise<void> {
  const named = claims?.[authReqIdClaim]
  if (named !== undefined && !(typeof named === 'string' && isSame(named, auth_req_id)))
    throw cibaError(
      'CIBA_AUTH_REQ_ID',
      'The ID token names another auth_req_id than the request that it should answer. Discard the answer and begin again: it may be another user’s.',
    )
  const rt_hash = claims?.[refreshTokenHashClaim]
  if (rt_hash === undefined) return
  if (refresh_token === undefined) throw unbound('has an rt_hash, and no refresh token came with it')
  await checkTokenHash('rt_hash', rt_hash, refresh_token, await readAlgorithm(client, id_token))
}

/**
 * Checks that the ID token binds every part of a push. It comes from outside, and nothing else shows that the server put the parts together.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#successful_token_push OpenID CIBA Core 1.0,
 * section 10.3.1}
 *
 * @throws as {@link checkBinding}
 */
export async function checkPushBinding(client: Client, tokens: Tokens, auth_req_id: string): Promise<void> {
  const { claims, id_token, access_token, refresh_token } = tokens
  if (claims?.[authReqIdClaim] === undefined) throw unbound(`has no ${authReqIdClaim}`)
  if (claims.at_hash === undefined) throw unbound('has no at_hash')
  if (refresh_token !== undefined && claims[refreshTokenHashClaim] === undefined)
    throw unbound(`has no ${refreshTokenHashClaim}, and a refresh token came with it`)
  // Again, for a quirk that lets a wrong at_hash pass is meant for answers that came over a connection of ours.
  await checkTokenHash('at_hash', claims.at_hash, access_token, await readAlgorithm(client, id_token))
  await checkBinding(client, tokens, auth_req_id)
}

/** @throws `CIBA_SUBJECT` */
export function checkSubject({ claims }: Tokens, expectedSubject: string | undefined): void {
  if (expectedSubject !== undefined && claims?.sub !== expectedSubject)
    throw cibaError('CIBA_SUBJECT', 'The ID token is of another user than expectedSubject says. Discard the tokens and begin again.')
}

/** The `alg` of an ID token whose signature was verified. */
async function readAlgorithm(client: Client, id_token: string | undefined): Promise<string> {
  const [header = ''] = String(await decryptJwt(client, id_token, { what: 'ID token', code: 'ID_TOKEN', algorithms: [] })).split('.')
  const { alg }: { alg: string } = JSON.parse(atob(header.replaceAll('-', '+').replaceAll('_', '/')))
  // An HMAC that the client has registered goes by the same hashes.
  return alg.replace('HS', 'RS')
}

function unbound(problem: string) {
  return cibaError(
    'CIBA_PUSH_BINDING',
    `The ID token ${problem}, so its parts may not belong together. Discard the answer, and have the server bind them.`,
  )
}
