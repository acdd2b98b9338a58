// What somebody who uses this for the first time does wrong, and the very words that are said.
import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse } from '../test/issuer.js'
import { redirect_uri, startLogin } from '../test/login.js'
import { refusal } from '../test/probe.js'
import { canaries, expectRefusal } from '../test/refusal.js'
import { clientSecretBasic, createAuthorizationRequest, createClient, discover, publicClient, refreshTokenGrant } from './index.js'
import { requirePlugin } from './plugin.js'

/** The very words. */
async function says(attempt: Promise<unknown> | (() => unknown), code: Parameters<typeof expectRefusal>[1], message: string) {
  expect((await expectRefusal(attempt, code)).message).toBe(message)
}

describe('a first mistake', () => {
  it('an issuer over http', async () => {
    const { options } = await createIssuer()
    await says(
      discover('http://localhost:3000', options()),
      'URL_INSECURE',
      `The issuer is "http://localhost:3000", not an absolute https: URL without user name, password, fragment, white space or backslash. Give one, or set \`allowInsecure: 'loopback'\` for development.`,
    )
    await says(
      discover('http://as.example', options()),
      'URL_INSECURE',
      'The issuer is "http://as.example", not an absolute https: URL without user name, password, fragment, white space or backslash. Give one.',
    )
  })

  it('an issuer with a slash too many or too few', async () => {
    const { options, answer, metadata } = await createIssuer()
    await says(
      discover('https://as.example/', options()),
      'ISSUER_MISMATCH',
      'The metadata is of "https://as.example", and "https://as.example/" was asked for. They differ by the slash at the end: configure the issuer exactly as the server spells it.',
    )
    answer('discovery', jsonResponse({ ...metadata, issuer: 'https://as.example/' }))
    await says(
      discover('https://as.example', options()),
      'ISSUER_MISMATCH',
      'The metadata is of "https://as.example/", and "https://as.example" was asked for. They differ by the slash at the end: configure the issuer exactly as the server spells it.',
    )
  })

  it('an issuer with a wrong path: status and address are in the message', async () => {
    const { options } = await createIssuer()
    await says(
      discover('https://as.example/realms/typo', options()),
      'HTTP_STATUS',
      'https://as.example/realms/typo/.well-known/openid-configuration answered the discovery request with status 404 and no OAuth error (text/plain); 200 is wanted. Check that this is the right address and that the server is well.',
    )
  })

  it('an issuer that is no address', async () => {
    const { options } = await createIssuer()
    await says(
      discover('as.example', options()),
      'URL_INVALID',
      'The issuer is "as.example", not an absolute https: URL without user name, password, fragment, white space or backslash. Give one.',
    )
    await says(
      discover(undefined as never, options()),
      'URL_INVALID',
      'The issuer is missing. Give it as a string, e.g. "https://login.example".',
    )
  })

  it('a server that is down: the address is in the message, and not "fetch failed"', async () => {
    const { options } = await createIssuer()
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }))
    await says(
      discover('https://as.example', options({ fetch })),
      'NETWORK_ERROR',
      'https://as.example/.well-known/openid-configuration could not be reached: ECONNREFUSED. Check the address, the network, and that the server is up.',
    )
  })

  it('an option that is misspelled, or of another library', async () => {
    const { metadata, options } = await createIssuer()
    const make = (wrong: object) => () => createClient(metadata, { ...options(), ...wrong })
    await says(
      make({ clockTolerence: 5 }),
      'OPTION_UNKNOWN',
      'The client option "clockTolerence" is unknown. Did you mean clockTolerance? Correct its name or take it away.',
    )
    await says(
      make({ clientId: 'x' }),
      'OPTION_UNKNOWN',
      'The client option "clientId" is unknown. Did you mean client_id? Correct its name or take it away.',
    )
    await says(
      make({ quirks: { missingTokentype: 'Bearer' } }),
      'OPTION_UNKNOWN',
      'The client option "quirks.missingTokentype" is unknown. Did you mean missingTokenType? Correct its name or take it away.',
    )
  })

  it('authentication, client_id or the secret left out', async () => {
    const { metadata, options } = await createIssuer()
    const make = (wrong: object) => () => createClient(metadata, { ...options(), ...wrong })
    await says(
      make({ authentication: undefined }),
      'OPTION_INVALID',
      'The option authentication is missing. Give clientSecretBasic(secret), privateKeyJwt(key), or publicClient() for a client without a secret.',
    )
    await says(
      make({ client_id: undefined }),
      'OPTION_INVALID',
      'The option client_id is missing. Give the client identifier that the server gave you, a non-empty string.',
    )
    await says(
      make({ authentication: clientSecretBasic(process.env.NO_SUCH_SECRET) }),
      'OPTION_INVALID',
      'The client secret is missing. Give it to the authentication method or as the option client_secret.',
    )
  })

  it('discover() without await', async () => {
    const { options, issuer } = await createIssuer()
    const client = discover(issuer, options())
    await says(
      createAuthorizationRequest(client as never, { redirect_uri }),
      'CLIENT_INVALID',
      'The client is a promise that was not awaited. Give what createClient() or await discover() gave.',
    )
  })

  it('a wrong client secret', async () => {
    const login = await startLogin()
    login.issuer.answer('token', refusal('invalid_client', 401))
    await says(
      login.finish(),
      'OAUTH_ERROR',
      'https://as.example/token answered the token request with status 401 and the error invalid_client. Check client_id, the secret or key, and that the method is the one registered; a secret with special characters may need clientSecretBasic(secret, { encoding: "raw" }).',
    )
  })

  it('a code used twice, a wrong verifier, or another redirect_uri at the token endpoint', async () => {
    const login = await startLogin()
    await login.finish()
    await says(
      login.finish(),
      'OAUTH_ERROR',
      'https://as.example/token answered the token request with status 400 and the error invalid_grant. The code or refresh token was used before, has expired or was revoked, or redirect_uri, code_verifier or the client differ from those it was issued to. Start a new login.',
    )
  })

  it('a redirect_uri that is not registered, or not absolute', async () => {
    const { metadata, options } = await createIssuer()
    const client = createClient(metadata, options({ redirect_uris: ['https://app.example/callback'] }))
    await says(
      createAuthorizationRequest(client, { redirect_uri: 'https://app.example/callback/' }),
      'REDIRECT_URI_INVALID',
      'The redirect_uri "https://app.example/callback/" is none of the redirect_uris of the client metadata. Give the absolute URI that is registered for the client.',
    )
    await says(
      createAuthorizationRequest(client, { redirect_uri: '/callback' }),
      'REDIRECT_URI_INVALID',
      'The redirect_uri is not an absolute URI that a browser may be sent to. Give the absolute URI that is registered for the client.',
    )
  })

  it('the user pressed Deny', async () => {
    const login = await startLogin()
    const url = new URL(login.callback)
    url.searchParams.delete('code')
    url.searchParams.set('error', 'access_denied')
    const hint = 'The user or the server said no. Offer to sign in again.'
    expect(await expectRefusal(login.finish(url), 'AUTHORIZATION_ERROR')).toMatchObject({
      message: `The server answered the authorization request with the error access_denied. ${hint}`,
      error: 'access_denied',
      hint,
    })
  })

  it('the state is lost', async () => {
    const login = await startLogin()
    const url = new URL(login.callback)
    url.searchParams.delete('state')
    await says(
      login.finish(url),
      'STATE_MISSING',
      'The response has no state, and the one that was sent is wanted. Discard it and start a new login: it may be forged.',
    )
  })

  it('a plugin that is not installed: the line to add', async () => {
    const { metadata, options } = await createIssuer()
    await says(
      () => createClient({ ...metadata, require_pushed_authorization_requests: true }, options()),
      'PLUGIN_MISSING',
      'The server metadata says require_pushed_authorization_requests, and no installed plugin does that. Install @oidc/par and add par() to use.',
    )
    const install = { package: '@oidc/device', factory: 'device()' }
    await says(
      () => requirePlugin(createClient(metadata, options()), 'device', install),
      'PLUGIN_MISSING',
      'The client has no plugin device. Install @oidc/device and add device() to use: { use: [device()] }.',
    )
  })

  it('no refresh token was asked for', async () => {
    const { metadata, options } = await createIssuer()
    const client = createClient(metadata, options({ authentication: publicClient() }))
    await says(
      refreshTokenGrant(client, { access_token: canaries.token, token_type: 'Bearer' }),
      'REFRESH_TOKEN_MISSING',
      'The refresh token is missing. Ask for the scope offline_access (or what the server wants instead), or start a new login.',
    )
  })
})
