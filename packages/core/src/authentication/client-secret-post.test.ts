import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startProbe } from '../../test/probe.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import { type ClientOptions, clientSecretPost, createClient } from '../index.js'

describe('clientSecretPost', () => {
  it('F-A2: sends id and secret in the body, and no Authorization header (RFC 6749, 2.3.1)', async () => {
    const { send, issuer } = await startProbe([], { authentication: clientSecretPost('a b') })
    await send({ parameters: { grant_type: 'x' } })
    expect(issuer.requests[0]?.body).toBe('grant_type=x&client_id=client-1&client_secret=a+b')
    expect(issuer.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('any id and secret come back from the form', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    await fc.assert(
      fc.asyncProperty(text, text, async (client_id, secret) => {
        const { send, issuer } = await startProbe([], { client_id, authentication: clientSecretPost(secret) })
        await send()
        const form = issuer.requests[0]?.form
        expect([form?.getAll('client_id'), form?.getAll('client_secret')]).toEqual([[client_id], [secret]])
      }),
    )
  })

  it('F-A10: without argument takes the option client_secret', async () => {
    const { send, issuer } = await startProbe([], { authentication: clientSecretPost(), client_secret: 'registered' })
    await send()
    expect(issuer.requests[0]?.form.get('client_secret')).toBe('registered')
  })

  it('S-D53: the secret is in no address, nor in a client, an error or an event', async () => {
    const { refuse, answer, client, issuer, events } = await startProbe([], { authentication: clientSecretPost(canaries.secret) })
    answer(new Response('', { status: 500 }))
    const error = await refuse('HTTP_STATUS')
    const { url, headers } = issuer.requests[0] ?? {}
    for (const value of [error, client, events, url, headers, clientSecretPost(canaries.secret)]) expectNoSecret(value)
  })

  it('F-A12: a client without any secret is not made, and a secret that is none is refused at once', async () => {
    const options: ClientOptions = { client_id: 'c', authentication: clientSecretPost() }
    await expectRefusal(() => createClient({ issuer: 'https://as.example' }, options), 'OPTION_INVALID', {
      says: ['The client secret is missing'],
    })
    for (const secret of ['', null, 7, {}]) await expectRefusal(() => clientSecretPost(secret as string), 'OPTION_INVALID')
  })
})
