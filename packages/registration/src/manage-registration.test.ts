import { clientSecretBasic, createClient } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { deleteRegistration, readRegistration, updateRegistration } from './manage-registration.js'
import { type Answer, canaries, createServer, issuer, metadata, refusalOf, whole } from './registration.test-server.js'
import type { RegistrationChanges } from './registration-metadata.js'
import type { Registration } from './registration-response.js'

const ok = (more: Readonly<Record<string, unknown>> = {}): Answer => ({ body: { ...whole, ...more } })
const bare = { client_id: 'client-1' }

function read(answer: Answer, registration: Registration = whole, options = {}) {
  const { fetch, seen } = createServer(answer)
  return { seen, answer: readRegistration(metadata, registration, { fetch, ...options }) }
}

function update(changes: RegistrationChanges, registration: Registration = whole, answer = ok(), options = {}) {
  const { fetch, seen } = createServer(answer)
  return { seen, answer: updateRegistration(metadata, registration, changes, { fetch, ...options }) }
}

describe('reading a registration (RFC 7592, section 2.1)', () => {
  it('F-T5: gets it at its own address with its own token', async () => {
    const { seen, answer } = read(ok({ client_name: 'App', vendor: 1 }))
    expect(await answer).toEqual({ ...whole, client_name: 'App', additional: { vendor: 1 } })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ url: whole.registration_client_uri, method: 'GET', body: undefined })
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${canaries.token}`)
  })

  it('F-T5: by issuer as well', async () => {
    const { fetch, seen } = createServer(ok())
    await readRegistration(issuer, whole, { fetch })
    expect(seen[0]?.url).toBe(whole.registration_client_uri)
  })

  it('F-T5: a secret and a token that the server rotates take the place of the old ones, and make a client at once', async () => {
    const rotated = { client_secret: 'new', client_secret_expires_at: 1_800_000_000, registration_access_token: 'newer' }
    const registration = await read(ok(rotated)).answer
    expect(registration).toMatchObject(rotated)
    expect(() => createClient(metadata, { ...registration, authentication: clientSecretBasic() })).not.toThrow()
  })

  it('what the server says only once is kept: token, address and secret', async () => {
    expect(await read({ body: bare }).answer).toEqual({
      ...bare,
      client_secret: canaries.secret,
      client_secret_expires_at: 0,
      registration_access_token: canaries.token,
      registration_client_uri: whole.registration_client_uri,
    })
    expect(await read({ body: { ...bare, client_secret_expires_at: 5 } }).answer).toMatchObject({
      client_secret: canaries.secret,
      client_secret_expires_at: 5,
    })
  })

  it('the secret of a client that authenticates by a key is not kept', async () => {
    const registration = await read({ body: { ...bare, token_endpoint_auth_method: 'private_key_jwt' } }).answer
    expect(registration).not.toHaveProperty('client_secret')
    expect(registration).not.toHaveProperty('client_secret_expires_at')
  })

  it('an answer about another client is refused', async () => {
    expect((await refusalOf(read(ok({ client_id: 'client-2' })).answer)).code).toBe('REGISTRATION_CLIENT')
  })

  it('the address that an answer gives is checked as the first one', async () => {
    const refusal = await refusalOf(read(ok({ registration_client_uri: 'https://evil.example/client-1' })).answer)
    expect(refusal.code).toBe('REGISTRATION_ADDRESS')
  })

  it.each([
    ['another origin', { ...whole, registration_client_uri: 'https://evil.example/' }, 'REGISTRATION_ADDRESS'],
    ['http', { ...whole, registration_client_uri: 'http://as.example/register/client-1' }, 'URL_INSECURE'],
    ['no address', { ...whole, registration_client_uri: undefined }, 'REGISTRATION_UNMANAGED'],
    ['no token', { ...whole, registration_access_token: undefined }, 'REGISTRATION_UNMANAGED'],
    ['a token that breaks a header', { ...whole, registration_access_token: 'a\r\nb' }, 'REGISTRATION_UNMANAGED'],
    ['nothing', undefined, 'REGISTRATION_UNMANAGED'],
  ])('a stored registration with %s sends no token anywhere', async (_, registration, code) => {
    const { fetch, seen } = createServer(ok())
    for (const attempt of [
      () => readRegistration(metadata, registration as Registration, { fetch }),
      () => updateRegistration(metadata, registration as Registration, {}, { fetch }),
      () => deleteRegistration(metadata, registration as Registration, { fetch }),
    ])
      expect((await refusalOf(attempt())).code).toBe(code)
    expect(seen).toHaveLength(0)
  })

  it('without registration_endpoint in the metadata, the address must be at the issuer', async () => {
    const { fetch } = createServer(ok())
    expect(await readRegistration({ issuer }, whole, { fetch })).toEqual(whole)
    expect((await refusalOf(readRegistration({ issuer: 'https://other.example' }, whole, { fetch }))).code).toBe('REGISTRATION_ADDRESS')
  })

  it.each([
    [{ status: 401, body: { error: 'invalid_token' } }, 'OAUTH_ERROR'],
    [{ status: 403, body: {} }, 'HTTP_STATUS'],
    [{ status: 404, body: {} }, 'HTTP_STATUS'],
    [{ status: 201, body: whole }, 'HTTP_STATUS'],
    [{ status: 302, body: '', headers: { location: 'https://evil.example/' } }, 'REDIRECT_REFUSED'],
  ])('%j is an error without the token in it', async (answer, code) => {
    const refusal = await refusalOf(read(answer).answer)
    expect(refusal.code).toBe(code)
    expect(JSON.stringify(refusal) + refusal.message).not.toContain('canary')
  })

  it('a plugin that binds tokens to a key leaves the token of the registration a Bearer token, as which it was issued', async () => {
    const { seen, answer } = read(ok(), whole, { use: [{ name: 'dpop', exchange: { tokenTypes: ['DPoP'] } }] })
    await answer
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${canaries.token}`)
  })
})

describe('changing a registration (RFC 7592, section 2.2)', () => {
  const full: Registration = { ...whole, client_name: 'App', logo_uri: 'https://app.example/logo', additional: { vendor: 1, other: 2 } }

  it('F-T5: sends everything that is registered, changed, and nothing that only the server says', async () => {
    const { seen, answer } = update({ client_name: 'New', logo_uri: null, additional: { other: null }, contacts: undefined }, full)
    await answer
    expect(seen[0]).toMatchObject({ url: whole.registration_client_uri, method: 'PUT' })
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${canaries.token}`)
    expect(seen[0]?.body).toEqual({
      client_id: 'client-1',
      redirect_uris: whole.redirect_uris,
      token_endpoint_auth_method: 'client_secret_basic',
      client_name: 'New',
      vendor: 1,
    })
  })

  it('additional: null takes away all that nobody knows', async () => {
    const { seen, answer } = update({ additional: null }, full)
    await answer
    expect(seen[0]?.body).not.toHaveProperty('vendor')
  })

  it('F-T5: keys are rotated, and the new token is kept', async () => {
    const jwks = { keys: [{ kty: 'EC', kid: 'new' }] }
    const registration = { ...whole, jwks: { keys: [{ kty: 'EC', kid: 'old' }] } }
    const { seen, answer } = update({ jwks }, registration, ok({ jwks, registration_access_token: 'newer' }))
    expect(await answer).toMatchObject({ jwks, registration_access_token: 'newer' })
    expect(seen[0]?.body).toMatchObject({ jwks })
  })

  it('jwks give way to jwks_uri only where they are taken away', async () => {
    const registration = { ...whole, jwks: { keys: [] } }
    const jwks_uri = 'https://app.example/jwks'
    expect((await refusalOf(update({ jwks_uri }, registration).answer)).code).toBe('REGISTRATION_METADATA_INVALID')
    const { seen, answer } = update({ jwks_uri, jwks: null }, registration)
    await answer
    expect(seen[0]?.body).toMatchObject({ jwks_uri })
    expect(seen[0]?.body).not.toHaveProperty('jwks')
  })

  it("defaults that went back to the server are still nobody's wish", async () => {
    const additional = { authorization_signed_response_alg: 'RS256' }
    const { seen, answer } = update({ client_name: 'New' }, { ...whole, additional }, ok(additional))
    expect((await answer).additional).toEqual(additional)
    expect(seen[0]?.body).toMatchObject(additional)
  })

  it('tells which members the server did not take', async () => {
    const events: { type: string }[] = []
    await update({ client_name: 'New' }, whole, ok(), { onEvent: (event: { type: string }) => void events.push(event) }).answer
    expect(events).toContainEqual({ type: 'registration:replaced', members: ['client_name'] })
  })

  it.each([
    [{ client_id: 'client-2' }],
    [{ client_secret: 'mine' }],
    [{ registration_access_token: 'mine' }],
    [{ client_names: 'x' }],
    [{ jwks: { keys: [{ d: 'secret' }] } }],
    [5],
  ])('the changes %j are refused before anything is sent', async (changes) => {
    const { seen, answer } = update(changes as RegistrationChanges)
    expect((await refusalOf(answer)).code).toBe('REGISTRATION_METADATA_INVALID')
    expect(seen).toHaveLength(0)
  })

  it('unknown options are refused', async () => {
    expect((await refusalOf(update({}, whole, ok(), { initialAccessToken: 'x' }).answer)).code).toBe('REGISTRATION_OPTION_INVALID')
    expect((await refusalOf(read(ok(), whole, { softwareStatement: 'x' }).answer)).code).toBe('REGISTRATION_OPTION_INVALID')
  })

  it('an answer about another client is refused', async () => {
    expect((await refusalOf(update({}, whole, ok({ client_id: 'client-2' })).answer)).code).toBe('REGISTRATION_CLIENT')
  })
})

describe('deleting a registration (RFC 7592, section 2.3)', () => {
  it('F-T5: is done with status 204', async () => {
    const { fetch, seen } = createServer({ status: 204 })
    expect(await deleteRegistration(metadata, whole, { fetch })).toBeUndefined()
    expect(seen[0]).toMatchObject({ url: whole.registration_client_uri, method: 'DELETE', body: undefined })
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${canaries.token}`)
  })

  it.each([200, 202, 403, 405, 503])('status %d is an error', async (status) => {
    const { fetch } = createServer({ status, body: {} })
    expect((await refusalOf(deleteRegistration(metadata, whole, { fetch }))).code).toBe('HTTP_STATUS')
  })
})
