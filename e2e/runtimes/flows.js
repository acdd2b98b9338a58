// One suite for every runtime: plain ECMAScript over the built packages, with nothing of any platform but what all of them have.

import { ciba, initiateBackchannelAuthentication, pollBackchannelAuthenticationGrant } from '@oidc/ciba'
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  clientSecretBasic,
  createAuthorizationRequest,
  discover,
  fetchUserInfo,
  generateKeyPair,
  isOidcError,
  privateKeyJwt,
  refreshTokenGrant,
  revokeToken,
} from '@oidc/core'
import { device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from '@oidc/device'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { introspection, introspectToken } from '@oidc/introspection'
import { jar, jarm } from '@oidc/jarm'
import { par } from '@oidc/par'

const redirect_uri = 'https://app.example/cb'
const secret = 'only-for-tests'

/** A client of the provider; its waits pass at once, and `meanwhile` happens in the first. */
const connect = ({ issuer }, use = [], { meanwhile, ...more } = {}) =>
  discover(issuer, {
    client_id: 'app',
    authentication: clientSecretBasic(secret),
    allowInsecure: 'loopback',
    use,
    ...(meanwhile && { clock: { now: () => Math.floor(Date.now() / 1000), sleep: meanwhile } }),
    ...more,
  })

/** What people do at the provider is done by the process that runs it. */
async function act({ control }, action, subject, client_id = 'app') {
  const response = await fetch(`${control}/${action}`, { method: 'POST', body: JSON.stringify({ subject, client_id }) })
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}

async function login(settings, client, parameters = {}) {
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid', ...parameters })
  const callback = new URL(await act(settings, 'login', url.href))
  // A transaction is kept as JSON between the two.
  return { tokens: await authorizationCodeGrant(client, callback, JSON.parse(JSON.stringify(transaction))), url, callback }
}

function equal(seen, wanted, what) {
  if (seen !== wanted) throw new Error(`${what} is ${JSON.stringify(seen)}, and not ${JSON.stringify(wanted)}`)
}

async function fails(promise, wanted, what) {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  )
  if (!isOidcError(error)) throw new Error(`${what} gave no OidcError: ${String(error)}`)
  for (const [name, value] of Object.entries(wanted)) equal(error[name], value, `${what}: ${name}`)
}

export const flows = {
  async code(settings) {
    const client = await connect(settings)
    const { tokens } = await login(settings, client)
    equal(tokens.claims.sub, 'alice', 'sub')
    equal((await fetchUserInfo(client, tokens)).sub, 'alice', 'sub of userinfo')
    await revokeToken(client, tokens.access_token)
  },
  async 'code with PAR'(settings) {
    const { tokens, url } = await login(settings, await connect(settings, [par()]))
    equal(tokens.claims.sub, 'alice', 'sub')
    equal(url.searchParams.has('request_uri') && !url.searchParams.has('redirect_uri'), true, 'pushed')
  },
  async DPoP(settings) {
    const client = await connect(settings, [dpop({ keyPair: await generateDPoPKeyPair() })])
    const { tokens } = await login(settings, client)
    equal(tokens.token_type, 'DPoP', 'token_type')
    equal((await fetchUserInfo(client, tokens)).sub, 'alice', 'sub of userinfo')
  },
  async JARM(settings) {
    const { tokens, callback } = await login(settings, await connect(settings, [jarm()]))
    equal(tokens.claims.sub, 'alice', 'sub')
    equal(callback.searchParams.has('response') && !callback.searchParams.has('code'), true, 'signed answer')
  },
  async 'all of them'(settings) {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const client_id = await act(settings, 'register', { ...(await crypto.subtle.exportKey('jwk', publicKey)), alg: 'ES256' })
    const keyPair = await generateDPoPKeyPair()
    const key = { key: privateKey, alg: 'ES256' }
    const client = await connect(settings, [dpop({ keyPair }), jarm(), par(), jar({ key })], {
      client_id,
      authentication: privateKeyJwt(key),
    })
    const { tokens } = await login(settings, client)
    equal(tokens.token_type, 'DPoP', 'token_type')
    equal((await fetchUserInfo(client, tokens)).sub, 'alice', 'sub of userinfo')
  },
  async refresh(settings) {
    const client = await connect(settings)
    const { tokens } = await login(settings, client, { scope: 'openid offline_access', prompt: 'consent' })
    const fresh = await refreshTokenGrant(client, tokens)
    equal(fresh.claims.sub, 'alice', 'sub')
    equal(fresh.access_token === tokens.access_token, false, 'the same access token')
  },
  async device(settings) {
    let authorization
    const client = await connect(settings, [device()], { meanwhile: () => act(settings, 'device', authorization.user_code) })
    authorization = await initiateDeviceAuthorization(client, { scope: 'openid' })
    equal((await pollDeviceAuthorizationGrant(client, authorization)).claims.sub, 'alice', 'sub')
  },
  async 'CIBA poll'(settings) {
    let authentication
    const client = await connect(settings, [ciba({ mode: 'poll' })], { meanwhile: () => act(settings, 'ciba', authentication.auth_req_id) })
    authentication = await initiateBackchannelAuthentication(client, { scope: 'openid', login_hint: 'alice' })
    equal((await pollBackchannelAuthenticationGrant(client, authentication)).claims.sub, 'alice', 'sub')
  },
  async introspection(settings) {
    const client = await connect(settings, [introspection()])
    const { access_token } = await clientCredentialsGrant(client)
    equal((await introspectToken(client, access_token)).active, true, 'active')
    equal((await introspectToken(client, 'unknown')).active, false, 'active')
    const signed = await connect(settings, [introspection({ signed: true })])
    equal((await introspectToken(signed, access_token)).active, true, 'active, signed')
  },
  async errors(settings) {
    const wrong = await connect(settings, [], { authentication: clientSecretBasic('wrong') })
    await fails(clientCredentialsGrant(wrong), { code: 'OAUTH_ERROR', error: 'invalid_client' }, 'a wrong secret')
    const client = await connect(settings)
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const callback = new URL(await act(settings, 'login', url.href))
    const forged = new URL(callback)
    forged.searchParams.set('state', 'another')
    await fails(authorizationCodeGrant(client, forged, transaction), { code: 'STATE_MISMATCH' }, 'another state')
    await authorizationCodeGrant(client, callback, transaction)
    await fails(authorizationCodeGrant(client, callback, transaction), { error: 'invalid_grant' }, 'a code used twice')
    const nowhere = connect({ issuer: settings.closed })
    await fails(nowhere, { code: 'NETWORK_ERROR', retryable: true }, 'a port where nobody listens')
    await fails(clientCredentialsGrant(client, {}, { signal: AbortSignal.abort() }), { code: 'ABORTED' }, 'an abort')
    const slow = await connect({ issuer: settings.issuer }, [], {
      fetch: (input, init) => (init?.method === 'POST' ? stall(init.signal) : fetch(input, init)),
    })
    await fails(clientCredentialsGrant(slow, {}, { timeout: 0.05 }), { code: 'TIMEOUT' }, 'a server that does not answer')
    const redirected = await connect(settings, [], {
      fetch: (input, init) => fetch(init?.method === 'POST' ? `${settings.control}/redirect` : input, init),
    })
    await fails(clientCredentialsGrant(redirected), { code: 'REDIRECT_REFUSED' }, 'a redirect')
  },
}

const stall = (signal) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })

/** Runs them one after the other: name of flow to what went wrong, or `null`. Those of `settings.without` do not apply, and are left out. */
export async function runFlows(settings) {
  const results = {}
  for (const [name, flow] of Object.entries(flows)) {
    if (settings.without?.includes(name)) continue
    results[name] = await flow(settings).then(
      () => null,
      (error) => `${error?.stack ?? error}${error?.cause ? `\ncause: ${error.cause?.stack ?? error.cause}` : ''}`,
    )
  }
  return results
}
