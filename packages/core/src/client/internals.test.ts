import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { caught, shown } from '../../test/errors.js'
import { countingRandom, createIssuer, fixedClock, startOfTime } from '../../test/issuer.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import { encodeBase64Url } from '../base/base64url.js'
import { type Client, clientSecretBasic, clientSecretPost, createClient, extend, privateKeyJwt, publicClient } from '../index.js'
import { clockTolerance, emit, internalsOf, notify, now, readQuirk, requirePlugin, urlPolicy } from './internals.js'
import { randomToken } from './random.js'

const server = { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' }
const good = { client_id: 'c', authentication: publicClient() }
const install = { package: '@oidc/par', factory: 'par()' }
const symbol = Symbol.for('@oidc/core')

describe('the inside of a client', () => {
  it('is opaque: no inspection, however thorough, shows a secret or an option', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const jwk = { ...(await crypto.subtle.exportKey('jwk', privateKey)), kid: 'key-of-the-client' }
    const options = {
      client_id: 'c',
      client_secret: canaries.secret,
      registration_access_token: canaries.token,
      registration_client_uri: 'https://as.example/register/c',
      onEvent: () => void canaries.code,
      trustedAudiences: ['https://option.example'],
    }
    for (const authentication of [
      clientSecretBasic(canaries.secret),
      clientSecretPost(canaries.secret),
      clientSecretBasic(),
      privateKeyJwt(jwk as never),
    ]) {
      const client = createClient(server, { ...options, authentication })
      for (const each of [client, extend(client, { name: 'x' })]) {
        expectNoSecret(each, [String(jwk.d), String(jwk.x), 'option.example'])
        expectNoSecret({ ...each, authentication }, [String(jwk.d), String(jwk.x)])
      }
      expect(shown(client)).toContain('registration_client_uri')
      expect(Object.keys(client)).toEqual(['server', 'metadata'])
    }
  })

  it('still holds what it needs', () => {
    const client = createClient(server, { ...good, client_secret: canaries.secret, timeout: 3 })
    expect(internalsOf(client)).toMatchObject({ timeout: 3, clockTolerance: 30, options: { client_secret: canaries.secret } })
    expect(Object.isFrozen(internalsOf(client))).toBe(true)
  })

  it.each([
    ['undefined', undefined, 'missing'],
    ['null', null, 'null'],
    ['the promise of discover()', Promise.resolve({}), 'a promise that was not awaited'],
    ['a string', 'client', 'of type string'],
    ['an array', [], 'an array'],
    ['a copy without its inside', { ...createClient(server, good) }, 'of type object'],
    ['its JSON', JSON.parse(JSON.stringify(createClient(server, good))), 'of type object'],
  ])('is missing in %s (CLIENT_INVALID)', async (_, value, seen) => {
    const error = await expectRefusal(() => internalsOf(value as Client), 'CLIENT_INVALID', {
      says: ['createClient() or await discover()'],
    })
    expect(error.message).toContain(`The client is ${seen}.`)
  })

  it('is missing in every value that is no client, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => internalsOf(value as Client)).toThrow(expect.objectContaining({ code: 'CLIENT_INVALID' }))
      }),
    )
  })

  it.each([0, 2, '1', undefined])(
    'of the contract %j is not understood, and the error says what to install (CLIENT_CONTRACT)',
    async (contract) => {
      const other = Object.defineProperty({ ...createClient(server, good) }, symbol, { value: () => ({ contract }) })
      const error = await expectRefusal(() => internalsOf(other), 'CLIENT_CONTRACT', { says: [`plugin contract ${contract}`, 'speaks 1'] })
      expect(error.message).toContain('Install one version of @oidc/core.')
    },
  )
})

describe('two copies of core in one tree', () => {
  const load = async () => {
    vi.resetModules()
    return { core: await import('../index.js'), door: await import('../plugin.js') }
  }

  it('understand each other: a plugin with a copy of its own works with a client of another', async () => {
    const [one, two] = [await load(), await load()]
    expect(one.core.createClient).not.toBe(two.core.createClient)
    const issuer = await createIssuer()
    const plugin = { name: 'x', exchange: { headers: () => ({ 'x-copy': two.door.randomToken(client) }) } }
    const client: Client = one.core.createClient(issuer.metadata, issuer.options({ use: [plugin] }))
    expect(two.door.requirePlugin(client, 'x', install)).toBe(plugin)
    expect(two.door.now(client)).toBe(startOfTime)
    const tokens = await two.core.clientCredentialsGrant(two.core.extend(client, { name: 'y' }))
    expect(tokens.access_token).toMatch(/^access-/)
    expect(issuer.requestsTo('token')[0]?.headers['x-copy']).toHaveLength(43)
  })

  it('know the errors of each other, by brand and not by class', async () => {
    const [one, two] = [await load(), await load()]
    const issuer = await createIssuer()
    const client = one.core.createClient(
      issuer.metadata,
      issuer.options({
        use: [
          {
            name: 'x',
            exchange: {
              headers: () => {
                throw two.door.oidcError('X', 'x.')
              },
            },
          },
        ],
      }),
    )
    const error: unknown = await one.core.clientCredentialsGrant(client).catch((thrown: unknown) => thrown)
    expect(error).not.toBeInstanceOf(one.core.OidcError)
    expect(one.core.isOidcError(error)).toBe(true)
    // An error of a slot that core did not know would be PLUGIN_FAILED.
    expect(error).toMatchObject({ code: 'X', plugin: 'x', slot: 'exchange.headers' })
  })

  it('find an operation of the other copy by its name', async () => {
    const [one, two] = [await load(), await load()]
    const seen: unknown[] = []
    const issuer = await createIssuer()
    const use = [{ name: 'x', operations: [two.door.on(two.door.tokenOperation, { check: (tokens) => void seen.push(tokens) })] }]
    await one.core.clientCredentialsGrant(one.core.createClient(issuer.metadata, issuer.options({ use })))
    expect(seen).toMatchObject([{ token_type: 'Bearer' }])
  })
})

describe('requirePlugin', () => {
  const plugin = { name: 'par' }
  const client = createClient(server, { ...good, use: [{ name: 'a' }, plugin, { name: 'z' }] })

  it('gives the very object that the factory made, so that a WeakMap can be keyed by it', () => {
    expect(requirePlugin(client, 'par', install)).toBe(plugin)
    expect(requirePlugin(extend(client, { name: 'other' }), 'par', install)).toBe(plugin)
  })

  it('gives the one that replaced it in an extended client, and leaves the first client alone', () => {
    const other = { name: 'par' }
    expect(requirePlugin(extend(client, other), 'par', install)).toBe(other)
    expect(requirePlugin(client, 'par', install)).toBe(plugin)
  })

  it('throws PLUGIN_MISSING with the line to add', async () => {
    const error = await caught(() => requirePlugin(client, 'pa', install))
    expect(error).toMatchObject({
      code: 'PLUGIN_MISSING',
      message: 'The client has no plugin pa. Install @oidc/par and add par() to use: { use: [par()] }.',
    })
  })
})

it('urlPolicy tells which URLs the client takes', () => {
  expect(urlPolicy(createClient(server, good))).toEqual({ allowInsecure: undefined })
  expect(urlPolicy(createClient(server, { ...good, allowInsecure: 'loopback' }))).toEqual({ allowInsecure: 'loopback' })
})

describe('the clock and the randomness of a client', () => {
  it('F-L1, F-U8: are the ones it was given', () => {
    const clock = fixedClock(7)
    const client = createClient(server, { ...good, clock, random: countingRandom() })
    expect(now(client)).toBe(7)
    clock.advance(5)
    expect(now(client)).toBe(12)
    const same = countingRandom()
    for (let i = 0; i < 3; i++) expect(randomToken(client)).toBe(encodeBase64Url(same(32)))
  })
})

it('the clock tolerance of a client is 30 seconds, or the option', () => {
  const make = (options: object) =>
    createClient({ issuer: 'https://as.example' }, { client_id: 'c', authentication: publicClient(), ...options })
  expect(clockTolerance(make({}))).toBe(30)
  expect(clockTolerance(make({ clockTolerance: 5 }))).toBe(5)
})

describe('an observer', () => {
  const event = { type: 'quirk', name: 'missingTokenType', operation: 'token' } as const

  it('gets the event as it is', () => {
    const onEvent = vi.fn()
    emit(createClient(server, { ...good, onEvent }), event)
    expect(onEvent.mock.calls).toEqual([[event]])
  })

  it('that is absent costs nothing', () => {
    expect(() => notify(undefined, event)).not.toThrow()
    expect(() => emit(createClient(server, good), event)).not.toThrow()
  })

  it('that throws, whatever it throws, does not break a login', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const onEvent = vi.fn(() => {
          throw thrown
        })
        emit(createClient(server, { ...good, onEvent }), event)
        expect(onEvent).toHaveBeenCalledOnce()
      }),
    )
  })
})

it('readQuirk tells what the client tolerates by a name', () => {
  expect(readQuirk(createClient(server, good), 'logoutTokenWithoutExp')).toBeUndefined()
  const quirks = { logoutTokenWithoutExp: true, atHash: 'ignore' } as const
  const tolerant = createClient(server, { ...good, quirks })
  expect([readQuirk(tolerant, 'logoutTokenWithoutExp'), readQuirk(tolerant, 'atHash')]).toEqual([true, 'ignore'])
  expect(() => readQuirk({} as Client, 'atHash')).toThrow(expect.objectContaining({ code: 'CLIENT_INVALID' }))
})
