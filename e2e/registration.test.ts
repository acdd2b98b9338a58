import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  clientSecretBasic,
  createAuthorizationRequest,
  createClient,
  discover,
  generateKeyPair,
  privateKeyJwt,
} from '@oidc/core'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { deleteRegistration, readRegistration, registerClient, updateRegistration } from '@oidc/registration'
import { createTestIssuer } from '@oidc/testing'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
const initialAccessToken = 'only-for-tests'
const options = { allowInsecure: 'loopback' } as const
const metadata = { redirect_uris: [redirect_uri], client_name: 'App' }
let open: RunningProvider
let guarded: RunningProvider

beforeAll(async () => {
  const features = {
    registration: { enabled: true },
    registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    // Their default algorithms stand in every answer.
    jwtResponseModes: { enabled: true },
    introspection: { enabled: true },
    jwtIntrospection: { enabled: true },
  }
  open = await startProvider({ features } as Parameters<typeof startProvider>[0])
  guarded = await startProvider({
    features: { ...features, registration: { enabled: true, initialAccessToken } },
  } as Parameters<typeof startProvider>[0])
})

afterAll(() => Promise.all([open.close(), guarded.close()]))

describe('registration at oidc-provider', () => {
  it('F-C1, F-C3, F-A10: a client that registers itself logs a user in with the secret that it was given', async () => {
    const registration = await registerClient(open.issuer, metadata, options)
    expect(registration).toMatchObject({ ...metadata, client_id: expect.any(String), client_secret: expect.any(String) })
    const client = await discover(open.issuer, { ...registration, authentication: clientSecretBasic(), ...options })
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    expect((await authorizationCodeGrant(client, await open.login(url), transaction)).claims?.sub).toBe('alice')
  })

  it('F-C4: with metadata at hand, nothing is discovered', async () => {
    const { server } = await discover(open.issuer, { client_id: 'any', authentication: clientSecretBasic('any'), ...options })
    expect(await registerClient(server, metadata, options)).toMatchObject(metadata)
  })

  it('F-C2: with the initial access token, and not without it', async () => {
    expect(await registerClient(guarded.issuer, metadata, { ...options, initialAccessToken })).toMatchObject(metadata)
    for (const other of [undefined, 'wrong'])
      await expect(registerClient(guarded.issuer, metadata, { ...options, initialAccessToken: other })).rejects.toMatchObject({
        code: 'OAUTH_ERROR',
        error: 'invalid_token',
      })
  })

  it('metadata that the server does not take are told', async () => {
    await expect(registerClient(open.issuer, { ...metadata, id_token_signed_response_alg: 'XY999' }, options)).rejects.toMatchObject({
      code: 'OAUTH_ERROR',
      error: 'invalid_client_metadata',
    })
  })

  it('F-T5: it is read, changed and deleted, and the token that is rotated at each change is kept', async () => {
    const registered = await registerClient(open.issuer, metadata, options)
    const seen = await readRegistration(open.issuer, registered, options)
    expect(seen).toMatchObject({ ...metadata, client_id: registered.client_id, client_secret: registered.client_secret })
    const updated = await updateRegistration(open.issuer, seen, { client_name: 'New name' }, options)
    expect(updated).toMatchObject({ client_name: 'New name', redirect_uris: [redirect_uri] })
    expect(updated.registration_access_token).not.toBe(seen.registration_access_token)
    await expect(readRegistration(open.issuer, registered, options)).rejects.toMatchObject({ error: 'invalid_token' })
    const again = await readRegistration(open.issuer, updated, options)
    await deleteRegistration(open.issuer, again, options)
    await expect(readRegistration(open.issuer, again, options)).rejects.toMatchObject({ error: 'invalid_token' })
  })

  it('F-T5: from a secret to keys, and from one key to the next', async () => {
    const makeKey = async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256')
      return { privateKey, jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] } as never }
    }
    const one = await makeKey()
    const two = await makeKey()
    const grant_types = ['client_credentials']
    const first = await registerClient(open.issuer, { grant_types, response_types: [], redirect_uris: [] }, options)
    const keyed = await updateRegistration(
      open.issuer,
      first,
      { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256', jwks: one.jwks },
      options,
    )
    const rotated = await updateRegistration(open.issuer, keyed, { jwks: two.jwks }, options)
    const ask = async (key: CryptoKey) =>
      clientCredentialsGrant(await discover(open.issuer, { ...rotated, authentication: privateKeyJwt(key), ...options }))
    expect((await ask(two.privateKey)).access_token).toEqual(expect.any(String))
    await expect(ask(one.privateKey)).rejects.toMatchObject({ error: 'invalid_client' })
  })

  it('a client that registers bound tokens is made with dpop() only, and gets such tokens', async () => {
    const registration = await registerClient(
      open.issuer,
      { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], dpop_bound_access_tokens: true },
      options,
    )
    const use = [dpop({ keyPair: await generateDPoPKeyPair() })]
    await expect(discover(open.issuer, { ...registration, authentication: clientSecretBasic(), ...options })).rejects.toMatchObject({
      code: 'PLUGIN_MISSING',
    })
    const client = await discover(open.issuer, { ...registration, authentication: clientSecretBasic(), ...options, use })
    expect((await clientCredentialsGrant(client)).token_type).toBe('DPoP')
  })
})

describe('registration at the issuer in memory, which takes bound initial access tokens', () => {
  it('F-C2: the proof is made anew with the nonce that the server wants', async () => {
    const issuer = await createTestIssuer({ initialAccessToken, features: { dpopNonces: true } })
    const use = [dpop({ keyPair: await generateDPoPKeyPair() })]
    const { fetch, clock } = issuer
    const registration = await registerClient(issuer.issuer, metadata, { fetch, clock, use, initialAccessToken })
    const sent = issuer.requests.filter(({ url }) => url.endsWith('/register'))
    expect(sent.map(({ status }) => status)).toEqual([401, 201])
    expect(sent.every(({ headers }) => headers.authorization === `DPoP ${initialAccessToken}`)).toBe(true)
    expect(new Set(sent.map(({ headers }) => headers.dpop)).size).toBe(2)
    const client = createClient(issuer.metadata as never, { ...registration, authentication: clientSecretBasic(), fetch, clock })
    expect((await clientCredentialsGrant(client)).access_token).toEqual(expect.any(String))
  })
})
