import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { probe, startProbe } from '../../test/probe.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import { type ClientOptions, clientSecretBasic, createClient, extend } from '../index.js'
import { request } from '../plugin.js'

const formDecode = (text: string) => new URLSearchParams(`x=${text}`).get('x')
/** What stands in the Authorization header, as the server reads it. */
const sentBy = async (options: Partial<ClientOptions>) => {
  const { send, issuer } = await startProbe([], options)
  await send({ parameters: { grant_type: 'x' } })
  const [sent] = issuer.requests
  const header = sent?.headers.authorization ?? ''
  return { sent, header, credentials: Buffer.from(header.replace(/^Basic /, ''), 'base64').toString() }
}
const text = () => fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.stringMatching(/^[ :%+&=#?/\\"~!*'().é€-]{1,12}$/))

describe('clientSecretBasic', () => {
  it('F-A3: sends id and secret in the Authorization header, and neither in the body (RFC 6749, 2.3.1)', async () => {
    const { sent, header } = await sentBy({ client_id: 's6BhdRkqt3', authentication: clientSecretBasic('7Fjfp0ZBr1KtDRbnfVdmIw') })
    expect(header).toBe('Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3')
    expect(sent?.body).toBe('grant_type=x')
  })

  it.each([
    ['a:b', 'c:d', 'a%3Ab:c%3Ad'],
    ['100%', 'a+b c', '100%25:a%2Bb+c'],
    ['https://app.example/', 'é', 'https%3A%2F%2Fapp.example%2F:%C3%A9'],
    ['a-b.c_d*e', "!'()~", 'a-b.c_d*e:%21%27%28%29%7E'],
  ])(
    'S-D52, F-A3: the id %j and the secret %j are form-urlencoded, then base64 (RFC 6749, 2.3.1)',
    async (client_id, secret, credentials) => {
      expect((await sentBy({ client_id, authentication: clientSecretBasic(secret) })).credentials).toBe(credentials)
    },
  )

  it('S-D52: any id and secret come back by splitting at the one colon and decoding', async () => {
    await fc.assert(
      fc.asyncProperty(text(), text(), async (client_id, secret) => {
        const { credentials } = await sentBy({ client_id, authentication: clientSecretBasic(secret) })
        const [id, password, ...more] = credentials.split(':')
        expect(more).toEqual([])
        expect(formDecode(id ?? '')).toBe(client_id)
        expect(formDecode(password ?? '')).toBe(secret)
      }),
    )
  })

  it("S-D52: encoding 'raw' sends them as they are, for servers that never decode", async () => {
    const raw = clientSecretBasic('a+b %:~', { encoding: 'raw' })
    expect((await sentBy({ client_id: 'app/1', authentication: raw })).credentials).toBe('app/1:a+b %:~')
    expect((await sentBy({ client_id: 'a', authentication: clientSecretBasic('a b', { encoding: 'form' }) })).credentials).toBe('a:a+b')
    await expectRefusal(() => clientSecretBasic('s', { encoding: canaries.code as 'raw' }), 'OPTION_INVALID', { says: ['encoding'] })
  })

  it('F-A10: without argument takes the option client_secret, so that a registered secret works', async () => {
    const { credentials } = await sentBy({ authentication: clientSecretBasic(), client_secret: 'registered' })
    expect(credentials).toBe('client-1:registered')
    const own = await sentBy({ authentication: clientSecretBasic('own'), client_secret: 'registered' })
    expect(own.credentials).toBe('client-1:own')
  })

  it('one method serves many clients, each with its own header', async () => {
    const authentication = clientSecretBasic()
    const first = await sentBy({ authentication, client_id: 'one', client_secret: '1' })
    const second = await sentBy({ authentication, client_id: 'two', client_secret: '2' })
    expect([first.credentials, second.credentials]).toEqual(['one:1', 'two:2'])
  })

  it('the header is made once a client, also for its extended self, and is the same each time', async () => {
    const { client, send, issuer } = await startProbe([], { authentication: clientSecretBasic('s') })
    await send()
    await request(extend(client, { name: 'x' }), probe())
    expect(new Set(issuer.requests.map(({ headers }) => headers.authorization)).size).toBe(1)
  })

  it('S-D53: the secret is in no address and no body, nor in a client, an error or an event', async () => {
    const { refuse, answer, client, issuer, events } = await startProbe([], { authentication: clientSecretBasic(canaries.secret) })
    answer(new Response('', { status: 500 }))
    const error = await refuse('HTTP_STATUS', { parameters: { scope: 'x' } })
    const encoded = Buffer.from(`client-1:${canaries.secret}`).toString('base64')
    const { url, body } = issuer.requests[0] ?? {}
    for (const value of [error, client, events, url, body, clientSecretBasic(canaries.secret)]) expectNoSecret(value, [encoded])
  })

  it('F-A12: a client without any secret is not made, and a secret that is none is refused at once', async () => {
    const make = (client_secret?: unknown) =>
      createClient({ issuer: 'https://as.example' }, {
        client_id: 'c',
        authentication: clientSecretBasic(),
        client_secret,
      } as ClientOptions)
    for (const [secret, seen] of [
      [undefined, 'missing'],
      ['', 'an empty string'],
      [7, 'of type number'],
    ] as const)
      await expectRefusal(() => make(secret), 'OPTION_INVALID', { says: [`The client secret is ${seen}.`] })
    for (const secret of ['', null, 7, {}, ['s']])
      await expectRefusal(() => clientSecretBasic(secret as string), 'OPTION_INVALID', { says: ['The option secret is'] })
  })
})
