import { describe, expect, it } from 'vitest'
import { fixedClock, jsonResponse } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { type ClientEvent, findIssuer, type IssuerSearch, refusePrivateHosts } from '../index.js'

const rel = 'http://openid.net/specs/connect/1.0/issuer'
const naming = (href: unknown) =>
  jsonResponse({
    subject: canaries.email,
    links: [
      { rel: 'avatar', href: 'x' },
      { rel, href },
    ],
  })

function start(answer: Response | (() => never) = naming('https://op.example'), options: IssuerSearch = {}) {
  const urls: URL[] = []
  const events: ClientEvent[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    urls.push(new URL(String(input)))
    return typeof answer === 'function' ? answer() : answer.clone()
  }
  const settings = { fetch, clock: fixedClock(), onEvent: (event: ClientEvent) => void events.push(event), ...options }
  return { urls, events, find: (identifier: unknown = canaries.email) => findIssuer(identifier as string, settings) }
}

describe('findIssuer', () => {
  it.each([
    ['joe@example.com', 'acct:joe@example.com', 'https://example.com'],
    ['acct:joe@example.com', 'acct:joe@example.com', 'https://example.com'],
    [
      'acct:juliet%40capulet.example@shopping.example.com',
      'acct:juliet%40capulet.example@shopping.example.com',
      'https://shopping.example.com',
    ],
    ['example.com', 'https://example.com/', 'https://example.com'],
    ['example.com:8080', 'https://example.com:8080/', 'https://example.com:8080'],
    ['example.com/joe', 'https://example.com/joe', 'https://example.com'],
    ['https://example.com', 'https://example.com/', 'https://example.com'],
    ['https://example.com/joe?a=1#me', 'https://example.com/joe?a=1', 'https://example.com'],
    ['joe@example.com:8080', 'https://joe@example.com:8080/', 'https://example.com:8080'],
    [' joe@example.com ', 'acct:joe@example.com', 'https://example.com'],
    ['j@example.com', 'acct:j@example.com', 'https://example.com'],
    ['ACCT:joe@home@example.com', 'acct:joe@home@example.com', 'https://example.com'],
    ['https://joe@example.com', 'https://joe@example.com/', 'https://example.com'],
    ['example.com/acct:joe', 'https://example.com/acct:joe', 'https://example.com'],
    ['example.com/joe@home', 'https://example.com/joe@home', 'https://example.com'],
    ['example.com/?from=https://other.example', 'https://example.com/?from=https://other.example', 'https://example.com'],
    ['example.com/to://other', 'https://example.com/to://other', 'https://example.com'],
    [`example.com/${'x'.repeat(2036)}`, `https://example.com/${'x'.repeat(2036)}`, 'https://example.com'],
  ])('F-T14: %j is asked for as %s at %s (OpenID Connect Discovery 1.0, 2.1.2)', async (identifier, resource, origin) => {
    const { find, urls } = start()
    expect(await find(identifier)).toBe('https://op.example')
    expect(urls).toHaveLength(1)
    expect(urls[0]?.origin).toBe(origin)
    expect(urls[0]?.pathname).toBe('/.well-known/webfinger')
    expect([...(urls[0]?.searchParams ?? [])]).toEqual([
      ['resource', resource],
      ['rel', rel],
    ])
  })

  const xri = 'an XRI, which WebFinger does not know'
  const noHost = 'no host that can be asked over https'
  it.each([
    [null, 'null'],
    [7, 'of type number'],
    ['', 'empty or too long'],
    ['=joe', xri],
    ['@joe', xri],
    ['xri://=joe', xri],
    ['+joe', xri],
    ['joe@', noHost],
    ['@example.com', xri],
    ['acct:joe', 'no account at a host'],
    ['acct:@example.com', 'no account at a host'],
    ['acct:joe@example.com:8080', 'no account at a host'],
    ['acct:joe@example.com/x', 'no account at a host'],
    ['http://example.com', noHost],
    ['h2://example.com', noHost],
    ['mailto:joe@', noHost],
    ['a b', noHost],
    [`${'x'.repeat(2048)}.example`, 'empty or too long'],
    ['x'.repeat(2049), 'empty or too long'],
  ])('F-T14: %j is refused before any request, and is not quoted', async (identifier, seen) => {
    const { find, urls } = start()
    await expectRefusal(find(identifier), 'IDENTIFIER_INVALID', { says: [`typed is ${seen}, and an e-mail address`] })
    expect(urls).toEqual([])
  })

  it('F-T14: the host is asked as part of the operation webfinger, and every failure says so', async () => {
    const error = await expectRefusal(start(new Response('', { status: 404 })).find(), 'HTTP_STATUS')
    expect(error).toMatchObject({ operation: 'webfinger', http: { url: 'https://example.com/.well-known/webfinger' } })
    expect(await expectRefusal(start(jsonResponse({})).find(), 'WEBFINGER_INVALID')).toMatchObject({ operation: 'webfinger' })
    const long = `https://op.example/${'x'.repeat(5000)}`
    const refused = await expectRefusal(start(naming(long), { allowed: [] }).find(), 'ISSUER_REFUSED', {
      says: ['https://example.com names'],
    })
    expect(refused).toMatchObject({ operation: 'webfinger' })
    expect(refused.message.length).toBeLessThan(500)
    const refuseInside = (url: URL) => (url.hostname === 'op.internal' ? Promise.reject(new Error()) : undefined)
    const inside = start(naming('https://op.internal/tenant'), { egress: refuseInside })
    expect(await expectRefusal(inside.find(), 'EGRESS_REFUSED')).toMatchObject({
      operation: 'discovery',
      http: { url: 'https://op.internal/tenant' },
    })
    const { find, events } = start()
    await find()
    expect(events.map(({ type }) => type)).toEqual(['request', 'response'])
  })

  it('takes application/jrd+json, and shows the user’s name in no error and no event', async () => {
    const { find, events } = start(
      new Response(JSON.stringify({ links: [{ rel, href: 'https://op.example' }] }), {
        headers: { 'content-type': 'application/jrd+json' },
      }),
    )
    expect(await find()).toBe('https://op.example')
    await expectRefusal(start(new Response('', { status: 404 })).find(), 'HTTP_STATUS', { events })
  })

  it.each<[string, unknown]>([
    ['no links', {}],
    ['no link of that relation', { links: [{ rel: 'other', href: 'https://op.example' }] }],
    ['a link without address', { links: [{ rel }] }],
    ['an address that is no string', { links: [{ rel, href: 7 }] }],
    ['links that are none', { links: [null, 'x', [rel]] }],
    ['an array', []],
    ['null', null],
  ])('F-T14: %s is no answer', async (_, document) => {
    await expectRefusal(start(jsonResponse(document)).find(), 'WEBFINGER_INVALID')
  })

  it.each<[unknown, ErrorCode]>([
    ['http://op.example', 'URL_INSECURE'],
    ['https://op.example?x=1', 'SERVER_METADATA_INVALID'],
    ['https://op.example#x', 'URL_INVALID'],
    ['https://user:pw@op.example', 'URL_INVALID'],
    ['javascript:alert(1)', 'URL_INVALID'],
  ])('F-T14: the issuer %j is refused: an https URL without query and fragment is wanted (2.2)', async (href, code) => {
    await expectRefusal(start(naming(href)).find(), code)
  })

  it.each(['joe@127.0.0.1', 'joe@169.254.169.254', 'joe@intranet', '2130706433', 'https://10.0.0.1/joe'])(
    'S-A32, S-A13: by default, %s is refused before any request',
    async (identifier) => {
      const { find, urls } = start()
      await expectRefusal(find(identifier), 'EGRESS_REFUSED')
      expect(urls).toEqual([])
    },
  )

  it.each(['https://169.254.169.254', 'https://localhost', 'https://op.internal'])(
    'S-A32: an answer that leads inside, %s, is refused as well',
    async (href) => {
      await expectRefusal(start(naming(href)).find(), 'EGRESS_REFUSED')
    },
  )

  it('S-A32: an egress hook of the application is asked for the host and for the issuer', async () => {
    const asked: string[] = []
    const { find } = start(undefined, { egress: (url, what) => void asked.push(`${what} ${url.origin}`) })
    await find()
    expect(asked).toEqual(['webfinger https://example.com', 'discovery https://op.example'])
    await expectRefusal(
      start(undefined, { egress: (url) => (url.hostname === 'op.example' ? Promise.reject(new Error()) : undefined) }).find(),
      'EGRESS_REFUSED',
    )
  })

  it('S-A32: an issuer that is not among those allowed is refused, whatever its spelling', async () => {
    const allowed = ['https://op.example']
    expect(await start(undefined, { allowed }).find()).toBe('https://op.example')
    for (const href of ['https://op.example/', 'https://OP.example', 'https://evil.example'])
      await expectRefusal(start(naming(href), { allowed }).find(), 'ISSUER_REFUSED', { says: [href] })
  })

  it('S-A08: loopback is found in development alone, where it is allowed by name', async () => {
    const { find, urls } = start(naming('http://localhost:3000'), { allowInsecure: 'loopback' })
    expect(await find('http://localhost:3000/joe')).toBe('http://localhost:3000')
    expect(urls[0]?.origin).toBe('http://localhost:3000')
    await expectRefusal(
      start(naming('http://localhost:3000'), { allowInsecure: 'loopback', egress: refusePrivateHosts }).find('http://localhost:3000/joe'),
      'EGRESS_REFUSED',
    )
  })

  it('an abort lets go of the wait', async () => {
    await expectRefusal(start(undefined, { signal: AbortSignal.abort() }).find(), 'ABORTED', { says: ['webfinger'] })
  })
})
