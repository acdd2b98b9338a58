import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import { createClient, readLoginInitiation } from '../index.js'

const origin = 'https://app.example'
const iss = 'https://as.example'
const rules = { allowed: [iss], origin }
const url = (parameters: Record<string, string> | string) => new URL(`${origin}/initiate?${new URLSearchParams(parameters)}`)

describe('readLoginInitiation (OpenID Connect Core 1.0, 4)', () => {
  it('F-T28: takes a URL, a GET, a posted form and parameters', async () => {
    const parameters = { iss, login_hint: 'ada', target_link_uri: `${origin}/orders?id=1#top` }
    const inputs = [
      url(parameters),
      new Request(url(parameters)),
      new Request(`${origin}/initiate`, { method: 'POST', body: new URLSearchParams(parameters) }),
      new URLSearchParams(parameters),
    ]
    for (const input of inputs)
      expect(await readLoginInitiation(input, rules)).toEqual({
        issuer: iss,
        login_hint: 'ada',
        target_link_uri: new URL(`${origin}/orders?id=1#top`),
      })
    expect(await readLoginInitiation(url({ iss }), rules)).toEqual({ issuer: iss })
  })

  it('F-T28: gives the client whose issuer it is, among several', async () => {
    const { metadata, options } = await createIssuer()
    const other = createClient({ issuer: 'https://other.example' }, options())
    const client = createClient(metadata, options())
    expect((await readLoginInitiation(url({ iss }), { allowed: [other, client], origin })).client).toBe(client)
  })

  it.each(['https://evil.example', 'https://as.example/', 'https://AS.example', 'https://as.example.evil.example', '__proto__'])(
    'S-C38, S-A32: the issuer %s is not allowed, and nothing is fetched from it',
    async (other) => {
      const issuer = await createIssuer()
      const client = createClient(issuer.metadata, issuer.options())
      await expectRefusal(readLoginInitiation(url({ iss: other }), { allowed: [client, iss], origin }), 'LOGIN_INITIATION_ISSUER', {
        says: [other],
      })
      expect(issuer.requests).toEqual([])
    },
  )

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/orders',
    'https:evil.example',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'https://user@app.example/',
    'http://app.example/',
    'https://app.example:8443/',
    'javascript:alert(1)//https://app.example/',
    'blob:https://app.example/x',
    '',
  ])('S-C38: the target %s is refused', async (target_link_uri) => {
    await expectRefusal(readLoginInitiation(url({ iss, target_link_uri }), rules), 'LOGIN_INITIATION_TARGET', { says: [origin] })
  })

  it.each(['', 'iss=', `iss=${iss}&iss=${iss}`, `login_hint=x`, `iss=${iss}&login_hint=${'x'.repeat(2049)}`])(
    'S-C38: the parameters %s cannot be read',
    async (parameters) => {
      await expectRefusal(readLoginInitiation(url(parameters), rules), 'LOGIN_INITIATION_INVALID')
    },
  )

  it.each([new Request(origin, { method: 'PUT' }), new Request(origin, { method: 'POST', body: 'iss' }), undefined, {}, 'text'])(
    'S-C38: %s is no such request',
    async (input) => {
      await expectRefusal(readLoginInitiation(input as never, rules), 'LOGIN_INITIATION_INVALID')
    },
  )

  it.each([undefined, null, iss, {}])('F-T28: %j is no list of what is allowed, and is told as such', async (allowed) => {
    await expectRefusal(readLoginInitiation(url({ iss }), { ...rules, allowed: allowed as never }), 'OPTION_INVALID', {
      says: ['The option allowed is', 'Give an array of clients or issuers.'],
    })
  })

  it('S-C38: whatever the target is, what comes out is of the own origin', async () => {
    const piece = fc.constantFrom('https:', 'http:', '//', '/', '\\', '@', ':', 'app.example', 'evil.example', '\t', '%2f', '#', '?', '.')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 8 }), async (pieces) => {
        const found = await readLoginInitiation(url({ iss, target_link_uri: pieces.join('') }), rules).catch(() => undefined)
        if (found?.target_link_uri) expect(found.target_link_uri.origin).toBe(origin)
      }),
      { numRuns: 500 },
    )
  })
})
