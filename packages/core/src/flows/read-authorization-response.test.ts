import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { isOidcError } from '../base/errors.js'
import { createClient } from '../index.js'
import { readAuthorizationResponse } from './read-authorization-response.js'

const server = await createIssuer()
const client = createClient(server.metadata, server.options())
const read = (input: unknown) => readAuthorizationResponse(client, input)
const back = 'https://app.example/cb'
const query = `code=${canaries.code}&state=${canaries.state}`
const parameters = { code: canaries.code, state: canaries.state }
const form = (body: BodyInit, type = 'application/x-www-form-urlencoded', method = 'POST') =>
  new Request(back, { method, headers: { 'content-type': type }, body })
const refuse = (input: unknown, ...says: readonly string[]) => expectRefusal(read(input), 'AUTHORIZATION_RESPONSE_INVALID', { says })

describe('readAuthorizationResponse', () => {
  it.each<[string, unknown, string]>([
    ['the query of a URL', new URL(`${back}?${query}`), 'query'],
    ['the fragment of a URL', new URL(`${back}#${query}`), 'fragment'],
    ['the fragment of a URL, though it has a query', new URL(`${back}?tenant=1#${query}`), 'fragment'],
    ['a GET request', new Request(`${back}?${query}`), 'query'],
    ['a POST request', form(query), 'form_post'],
    ['a POST request with a charset', form(query, 'Application/X-WWW-Form-URLEncoded; charset=UTF-8'), 'form_post'],
    ['URLSearchParams', new URLSearchParams(query), 'unknown'],
    ['parts', { place: 'form_post', parameters }, 'form_post'],
    ['parts of no known place', { place: 'unknown', parameters }, 'unknown'],
  ])('reads %s', async (_, input, place) => {
    const response = await read(input)
    expect(response.place).toBe(place)
    expect({ ...response.parameters }).toEqual(parameters)
    expect(Object.isFrozen(response) && Object.isFrozen(response.parameters)).toBe(true)
    expect(Object.getPrototypeOf(response.parameters)).toBeNull()
  })

  it.each(['#_=_', '#', '#top', '#/route?x=1'])('a fragment of %s is not the response: some servers leave one behind', async (hash) => {
    expect(await read(new URL(`${back}?${query}${hash}`))).toMatchObject({ place: 'query' })
  })

  it.each(['code', 'error', 'response', 'state', 'id_token', 'access_token'])('a fragment with %s is the response', async (name) => {
    expect(await read(new URL(`${back}?${query}#${name}=x`))).toMatchObject({ place: 'fragment', parameters: { [name]: 'x' } })
  })

  it.each<[string, string]>([
    ['S-C03', 'state'],
    ['S-C04', 'code'],
    ['S-C05', 'error'],
    ['F-F2', 'iss'],
    ['F-F2', 'unknown'],
    ['S-C20', '__proto__'],
    ['S-C20', 'constructor'],
  ])('%s: a repeated %s is refused wherever it stands (RFC 6749, 3.1)', async (_, name) => {
    const twice = `${name}=a&code=x&${name}=a`
    const says = [JSON.stringify(name), 'appears twice']
    await refuse(new URL(`${back}?${twice}`), ...says)
    await refuse(new URL(`${back}#${twice}`), ...says)
    await refuse(new Request(`${back}?${twice}`), ...says)
    await refuse(new URLSearchParams(twice), ...says)
    await expectRefusal(read(form(twice)), 'BODY_INVALID', { says })
  })

  it('S-C20: parameters named __proto__ and constructor are read like others, and pollute nothing', async () => {
    const response = await read(new URL(`${back}?__proto__=a&constructor=b&state=toString`))
    expect(Object.entries(response.parameters)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['state', 'toString'],
    ])
    expect(response.parameters.toString).toBeUndefined()
  })

  it('S-C21: a parameter of a megabyte is refused wherever it stands', async () => {
    const long = `code=x&state=${'s'.repeat(1 << 20)}`
    await refuse(new URL(`${back}?${long}`), '"state"', 'longer than 65536')
    await refuse(new URLSearchParams(long), '"state"')
    await refuse({ place: 'query', parameters: { state: 's'.repeat(1 << 20) } }, '"state"')
    await expectRefusal(read(form(long)), 'BODY_TOO_LARGE')
  })

  it('more than 100 parameters are refused', async () => {
    const many = Array.from({ length: 101 }, (_, i) => `p${i}=x`).join('&')
    await refuse(new URL(`${back}?${many}`), 'more than 100 parameters')
  })

  it.each(['PUT', 'DELETE', 'HEAD', 'OPTIONS'])('S-O10: a request of %s is refused', async (method) => {
    await refuse(new Request(`${back}?${query}`, { method }), `the method of the request is ${method}`, 'GET or POST')
  })

  it.each<[string, string, ErrorCode]>([
    ['application/json', JSON.stringify(parameters), 'BODY_INVALID'],
    ['text/plain', query, 'BODY_INVALID'],
    ['multipart/form-data; boundary=x', query, 'BODY_INVALID'],
  ])('S-C25: a form of %s is refused', async (type, body, code) => {
    await expectRefusal(read(form(body, type)), code, { says: [type.split(';')[0] ?? '', 'application/x-www-form-urlencoded is wanted'] })
  })

  it('S-C25: a form without content type, one read before, and one that breaks off are refused', async () => {
    await expectRefusal(read(new Request(back, { method: 'POST', body: new TextEncoder().encode(query) })), 'BODY_INVALID', {
      says: ['no media type'],
    })
    const used = form(query)
    await used.text()
    await expectRefusal(read(used), 'BODY_INVALID', { says: ['read before'] })
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error(canaries.code)) })
    const init = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: broken, duplex: 'half' }
    await expectRefusal(read(new Request(back, init)), 'BODY_INVALID', { says: ['broke off'] })
  })

  it('the query of a POST request is not the response', async () => {
    const request = new Request(`${back}?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'error=x',
    })
    expect({ ...(await read(request)).parameters }).toEqual({ error: 'x' })
  })

  it("a framework's own request object is refused with the remedy, not misread", async () => {
    const express = { method: 'GET', url: `/cb?${query}`, headers: { host: 'app.example' }, query: parameters }
    await refuse(express, 'the url of the request is not absolute', 'new URL(request.url, origin)')
    await refuse({ method: 'POST', url: back, headers: {} }, 'cannot be read')
  })

  it.each<[unknown, string]>([
    [`${back}?${query}`, 'of type string'],
    [undefined, 'missing'],
    [null, 'null'],
    [[], 'an array'],
    [{}, 'no place and parameters'],
    [{ place: 'query' }, 'no place and parameters'],
    [{ place: 'header', parameters }, 'no place and parameters'],
    [{ place: 'query', parameters: [] }, 'no place and parameters'],
    [parameters, 'no place and parameters'],
    [{ place: 'query', parameters: { code: [canaries.code] } }, 'the parameter "code" is not a string'],
    [{ place: 'query', parameters: { code: undefined } }, 'the parameter "code" is not a string'],
    [{ place: 'fragment', parameters: { ['n'.repeat(5000)]: 7 } }, `the parameter "${'n'.repeat(64)}" is not a string`],
  ])('%o is no response', async (input, seen) => {
    await refuse(input, seen)
  })

  it('any parameters, each once, are read as they were sent, from every place', async () => {
    const name = fc.oneof(fc.constantFrom('code', 'state', '__proto__', 'toString'), fc.string({ unit: 'grapheme' }))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'grapheme' })), { selector: ([key]) => key }), async (entries) => {
        const search = new URLSearchParams(entries)
        const url = new URL(back)
        url.search = String(search)
        for (const input of [
          url,
          new Request(url),
          search,
          form(String(search)),
          { place: 'query', parameters: { ...Object.fromEntries(entries) } },
        ])
          expect(Object.entries((await read(input)).parameters).sort()).toEqual([...entries].sort())
      }),
      { numRuns: 100 },
    )
  })

  it('whatever is given, an OidcError comes or a response, and nothing else escapes', async () => {
    const hostile = {
      get parameters() {
        throw new Error(canaries.secret)
      },
      place: 'query',
    }
    const any = fc.anything({ withNullPrototype: true, withMap: true, withTypedArray: true })
    const input = fc.oneof(any, fc.record({ place: fc.constantFrom('query', 'unknown'), parameters: any }), fc.constant(hostile))
    await fc.assert(
      fc.asyncProperty(input, async (value) => {
        const outcome = await read(value).catch((error: unknown) => error)
        if (isOidcError(outcome)) expect(outcome.message).not.toContain(canaries.secret)
        else expect(outcome).toHaveProperty('place')
      }),
      { numRuns: 500 },
    )
  })
})
