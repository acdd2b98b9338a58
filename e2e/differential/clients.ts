// The same login by each of the clients. What a client throws is its refusal; of ours it must be an OidcError.
import { authorizationCodeGrant, createAuthorizationRequest, discover, fetchUserInfo, isOidcError, publicClient } from '@oidc/core'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { type Case, client_id, issuer, makeWorld, redirect_uri, type ServerKeys, type World } from './world.ts'

export type Verdict = 'accepts' | 'refuses'

export const peers = ['openid-client', 'openid-client with signature checks', 'oauth4webapi'] as const
export type Peer = (typeof peers)[number]

/** What an application learns of a login. */
export interface Learned {
  readonly tokens: { readonly [member: string]: unknown }
  readonly claims: unknown
  readonly userInfo: unknown
}

type Login = (world: World, one: Case) => Promise<Learned>

export interface Outcome {
  readonly verdict: Verdict
  readonly learned?: Learned
  readonly error?: unknown
}

/** What all of them give in the same form. */
function pick({ tokens, claims, userInfo }: Learned): Learned {
  const { access_token, token_type, refresh_token, expires_in, scope, id_token } = tokens
  const own = { access_token, token_type: String(token_type).toLowerCase(), refresh_token, expires_in, scope: scope ?? undefined, id_token }
  // The nonce is each client's own.
  return { tokens: { ...own, id_token: typeof id_token }, claims: { ...(claims as object), nonce: undefined }, userInfo }
}

/** Whether the login, with UserInfo, comes to its end. */
export async function judge(login: Login, keys: ServerKeys, one: Case): Promise<Outcome> {
  try {
    const learned = await login(makeWorld(keys, one), one)
    return { verdict: 'accepts', learned: pick(learned) }
  } catch (error) {
    return { verdict: 'refuses', error }
  }
}

export const loginWithOurs: Login = async (world, { max_age }) => {
  const client = await discover(issuer, { client_id, authentication: publicClient(), fetch: world.fetch })
  const { transaction } = await createAuthorizationRequest(client, {
    redirect_uri,
    scope: 'openid',
    ...(max_age !== undefined && { max_age }),
  })
  const { state, nonce = '' } = transaction
  const tokens = await authorizationCodeGrant(client, world.callback({ state, nonce }), transaction)
  return { tokens: tokens as never, claims: tokens.claims, userInfo: await fetchUserInfo(client, tokens) }
}

/** Their options differ from a RequestInit only in what may be undefined. */
function fetchOf({ fetch }: World): (url: string, options: object) => Promise<Response> {
  return (url, options) => fetch(url, options)
}

export const isTyped = isOidcError

async function loginWithOpenidClient(
  world: World,
  { max_age }: Case,
  execute: ((config: openid.Configuration) => void)[],
): Promise<Learned> {
  const config = await openid.discovery(new URL(issuer), client_id, undefined, openid.None(), {
    [openid.customFetch]: fetchOf(world),
    execute,
  })
  const secrets = { state: openid.randomState(), nonce: openid.randomNonce() }
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const code_challenge = await openid.calculatePKCECodeChallenge(pkceCodeVerifier)
  openid.buildAuthorizationUrl(config, { redirect_uri, scope: 'openid', code_challenge, code_challenge_method: 'S256', ...secrets })
  const tokens = await openid.authorizationCodeGrant(config, world.callback(secrets), {
    pkceCodeVerifier,
    expectedState: secrets.state,
    expectedNonce: secrets.nonce,
    idTokenExpected: true,
    ...(max_age !== undefined && { maxAge: max_age }),
  })
  const claims = tokens.claims()
  return { tokens, claims, userInfo: await openid.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '') }
}

async function loginWithOauth4webapi(world: World, { max_age }: Case): Promise<Learned> {
  const options = { [oauth.customFetch]: fetchOf(world) }
  const identifier = new URL(issuer)
  const as = await oauth.processDiscoveryResponse(identifier, await oauth.discoveryRequest(identifier, options))
  const client: oauth.Client = { client_id }
  const secrets = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() }
  const code_verifier = oauth.generateRandomCodeVerifier()
  const parameters = oauth.validateAuthResponse(as, client, world.callback(secrets), secrets.state)
  const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, redirect_uri, code_verifier, options)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
    expectedNonce: secrets.nonce,
    requireIdToken: true,
    ...(max_age !== undefined && { maxAge: max_age }),
  })
  await oauth.validateApplicationLevelSignature(as, answer, options)
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  const info = await oauth.userInfoRequest(as, client, tokens.access_token, options)
  return { tokens, claims, userInfo: await oauth.processUserInfoResponse(as, client, claims?.sub ?? '', info) }
}

export const logins: Readonly<Record<Peer, Login>> = {
  'openid-client': (world, one) => loginWithOpenidClient(world, one, []),
  'openid-client with signature checks': (world, one) => loginWithOpenidClient(world, one, [openid.enableNonRepudiationChecks]),
  oauth4webapi: loginWithOauth4webapi,
}
