import type { JsonObject } from '@oidc/core'
import { openRequest } from './endpoints/request-object.js'
import { issueAccessToken, issueIdToken } from './grants.js'
import { issueJwt } from './jwt.js'
import { isRefusal, refuse } from './oauth-error.js'
import type { Grant, State, Subject } from './state.js'
import type { TestClient } from './test-client.js'

/** Who signs in, or why nobody does. */
export interface SignIn {
  /** `user` by default. */
  readonly sub?: string
  /** Further claims of the user, for ID token and UserInfo. */
  readonly claims?: JsonObject
  readonly acr?: string
  /** Epoch seconds; now by default. */
  readonly auth_time?: number
  readonly sid?: string
  /** The error to come back with, e.g. `access_denied`. */
  readonly error?: string
}

export function describeSubject(state: State, { sub = 'user', claims, acr, auth_time, sid }: SignIn): Subject {
  return {
    sub,
    ...(claims && { claims }),
    ...(acr !== undefined && { acr }),
    auth_time: auth_time ?? state.clock.now(),
    sid: sid ?? state.mint('sid'),
  }
}

/**
 * What the browser does: opens the authorization URL, the user signs in, and the browser comes back. Gives the address that the client is called at,
 * or a POST for `form_post`. Throws where a real server would show an error page to the user instead of sending them back.
 */
export async function answerAuthorization(state: State, url: URL, signIn: SignIn): Promise<URL | Request> {
  const sent = url.searchParams
  const client = state.clients.get(sent.get('client_id') ?? '')
  if (!client) throw new Error('The authorization request names no client that the test issuer knows. Name it in the option clients.')
  const request = takePushed(state, client, sent) ?? (await openRequest(state, client, sent))
  for (const kind of ['state', 'nonce']) state.secrets.add(kind, request.get(kind))
  const redirect_uri = checkRedirectUri(client, request.get('redirect_uri'))
  const responseType = request.get('response_type') ?? 'code'
  const isFront = responseType !== 'code'
  let parameters: URLSearchParams
  try {
    parameters = await respond(state, { client, request, redirect_uri, responseType, signIn })
  } catch (error) {
    if (!isRefusal(error)) throw error
    parameters = new URLSearchParams({ error: error.error, error_description: error.error_description })
  }
  const sentState = request.get('state')
  if (sentState !== null) parameters.set('state', sentState)
  parameters.set('iss', state.issuer)
  for (const fault of state.faults.take(({ callback }) => callback)) fault(parameters)
  return carry(state, { client, redirect_uri, parameters, mode: request.get('response_mode') ?? (isFront ? 'fragment' : 'query'), isFront })
}

function takePushed({ pushed, metadata, clock }: State, client: TestClient, sent: URLSearchParams): URLSearchParams | undefined {
  const request_uri = sent.get('request_uri') ?? ''
  const { request, exp = 0 } = pushed.get(request_uri) ?? {}
  pushed.delete(request_uri)
  if (request_uri.startsWith('urn:') && (request?.get('client_id') !== client.client_id || exp <= clock.now()))
    throw new Error('request_uri is not known, has expired, was used before, or is of another client. Push the request again.')
  if (!request && metadata.require_pushed_authorization_requests === true) throw new Error('The request was not pushed. Install par().')
  return request
}

function checkRedirectUri({ redirect_uris, client_id }: TestClient, redirect_uri: string | null): string {
  if (redirect_uri === null || (redirect_uris && !redirect_uris.includes(redirect_uri)))
    throw new Error(`redirect_uri is not one of those that ${client_id} has registered. Add it to redirect_uris.`)
  return redirect_uri
}

interface Answer {
  readonly client: TestClient
  readonly request: URLSearchParams
  readonly redirect_uri: string
  readonly responseType: string
  readonly signIn: SignIn
}

async function respond(state: State, { client, request, redirect_uri, responseType, signIn }: Answer): Promise<URLSearchParams> {
  if (signIn.error !== undefined) refuse(signIn.error, 'The test said so.')
  if (request.get('code_challenge_method') !== 'S256') refuse('invalid_request', 'PKCE with S256 is wanted.')
  const types = responseType.split(' ')
  const scope = request.get('scope') ?? undefined
  const nonce = request.get('nonce') ?? undefined
  if (types.includes('id_token') && nonce === undefined) refuse('invalid_request', 'nonce is missing.')
  const grant: Grant = {
    client_id: client.client_id,
    subject: describeSubject(state, signIn),
    ...(scope !== undefined && { scope }),
    ...(nonce !== undefined && { nonce }),
    resource: request.getAll('resource'),
    revoked: false,
  }
  const code = types.includes('code') ? issueCode(state, grant, request, redirect_uri) : undefined
  const access_token = types.includes('token') ? issueAccessToken(state, grant) : undefined
  const sent = request.get('state') ?? undefined
  const id_token = types.includes('id_token')
    ? await issueIdToken(state, { grant, client, access_token, code, sent, kind: 'front_id_token' })
    : undefined
  const all = { code, access_token, ...(access_token !== undefined && { token_type: 'Bearer', expires_in: '300' }), id_token }
  return new URLSearchParams(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

function issueCode(state: State, grant: Grant, request: URLSearchParams, redirect_uri: string): string {
  const code = state.mint('code')
  const code_challenge = request.get('code_challenge')
  const dpop_jkt = request.get('dpop_jkt')
  state.codes.set(code, {
    grant,
    redirect_uri,
    ...(code_challenge !== null && { code_challenge }),
    ...(dpop_jkt !== null && { dpop_jkt }),
    used: false,
  })
  return code
}

interface Carried {
  readonly client: TestClient
  readonly redirect_uri: string
  readonly parameters: URLSearchParams
  readonly mode: string
  readonly isFront: boolean
}

/** Puts the response where it belongs; with a mode of JARM, all of it stands in one signed parameter. */
async function carry(state: State, { client, redirect_uri, parameters, mode, isFront }: Carried): Promise<URL | Request> {
  const isSecured = /(?:^|\.)jwt$/.test(mode)
  const carried = isSecured ? new URLSearchParams({ response: await secure(state, client, parameters) }) : parameters
  for (const fault of state.faults.take((one) => one.carried)) fault(carried)
  const place = isSecured ? mode.replace(/\.?jwt$/, '') || (isFront ? 'fragment' : 'query') : mode
  const isMisplaced = state.faults.take(({ misplaced }) => misplaced).length > 0
  if (place === 'form_post' && !isMisplaced) return new Request(redirect_uri, { method: 'POST', body: new URLSearchParams(carried) })
  const url = new URL(redirect_uri)
  if ((place === 'fragment') !== isMisplaced) url.hash = carried.toString()
  else for (const [name, value] of carried) url.searchParams.append(name, value)
  return url
}

/** {@link https://openid.net/specs/oauth-v2-jarm.html#section-2.1 JARM, section 2.1} */
function secure(state: State, client: TestClient, parameters: URLSearchParams): Promise<string> {
  const claims = { ...Object.fromEntries(parameters), aud: client.client_id, exp: state.clock.now() + 300 }
  return issueJwt(state, { kind: 'response', client, claims })
}
