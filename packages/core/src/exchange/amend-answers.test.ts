import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse } from '../../test/issuer.js'
import { startLogin } from '../../test/login.js'
import { startProbe } from '../../test/probe.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { type Amendments, amendAnswers, clientCredentialsGrant, createClient, type GivenAnswer, revokeToken } from '../index.js'

const tokens = { access_token: canaries.token, token_type: 'Bearer' }

/** A token request to a server that answers so. */
async function ask(answer: Response, amendments: Amendments) {
  const issuer = await createIssuer()
  issuer.answer('token', answer)
  const client = createClient(issuer.metadata, issuer.options({ amend: amendAnswers(amendments) }))
  return clientCredentialsGrant(client)
}

describe('amendAnswers', () => {
  it('F-U9: gives the function status, content type and body, and a success of the wrong kind is taken as what it says', async () => {
    const seen: GivenAnswer[] = []
    const answer = () =>
      new Response(`{"data":{"token":"${canaries.token}"}}`, { status: 201, headers: { 'content-type': 'text/json; a=b' } })
    const token: Amendments[string] = (given) => {
      seen.push(given)
      const { data } = JSON.parse(given.body)
      return { status: 200, contentType: 'application/json', body: { access_token: data.token, token_type: 'Bearer' } }
    }
    expect(await ask(answer(), { token })).toMatchObject(tokens)
    expect(seen).toEqual([{ status: 201, contentType: 'text/json; a=b', body: `{"data":{"token":"${canaries.token}"}}` }])
    await expectRefusal(ask(answer(), { userinfo: token }), 'HTTP_STATUS')
  })

  it('what it leaves out stays, and undefined leaves all', async () => {
    const plain = (type: string) => new Response(JSON.stringify(tokens), { headers: { 'content-type': type } })
    expect(await ask(plain('text/plain'), { token: () => ({ contentType: 'application/json' }) })).toMatchObject(tokens)
    expect(await ask(plain('application/json'), { token: () => undefined })).toMatchObject(tokens)
    expect(await ask(plain('application/json'), { token: () => ({}) })).toMatchObject(tokens)
    await expectRefusal(ask(plain('text/plain'), { token: () => undefined }), 'RESPONSE_CONTENT_TYPE')
  })

  it('an error can be put into words that OAuth has, and stays an error', async () => {
    const html = () => new Response('<html>Wrong password', { status: 401, headers: { 'content-type': 'text/html' } })
    const named = { token: () => ({ contentType: 'application/json', body: { error: 'invalid_client' } }) }
    expect(await expectRefusal(ask(html(), named), 'OAUTH_ERROR')).toMatchObject({ error: 'invalid_client', http: { status: 401 } })
    for (const status of [200, 302, 500])
      await expectRefusal(ask(html(), { token: () => ({ status, contentType: 'application/json', body: tokens }) }), 'OPTION_INVALID', {
        says: [`The option amend.token makes a status 401 one of ${status}. Give one of the same hundred.`],
      })
  })

  it('what it gives is checked as if the server had sent it', async () => {
    for (const [body, code] of [
      [{ ...tokens, token_type: undefined }, 'TOKEN_TYPE_MISSING'],
      [{ ...tokens, token_type: 'mac' }, 'TOKEN_TYPE_UNSUPPORTED'],
      [{ ...tokens, access_token: 'a b' }, 'TOKEN_RESPONSE_INVALID'],
      ['{"access_token":"x","access_token":"y","token_type":"Bearer"}', 'RESPONSE_MALFORMED'],
      [{ error: 'invalid_grant' }, 'OAUTH_ERROR'],
    ] as const)
      await expectRefusal(ask(jsonResponse({}), { token: () => ({ body: body as never }) }), code)
    const login = await startLogin({
      options: {
        amend: amendAnswers({
          token: ({ body }) => {
            const { id_token, ...rest } = JSON.parse(body)
            return { body: { ...rest, id_token: `${id_token.slice(0, -4)}AAAA` } }
          },
        }),
      },
    })
    await login.refuse(login.finish(), 'ID_TOKEN_SIGNATURE')
    expect(login.events).toContainEqual({ type: 'quirk', name: 'amend', operation: 'token' })
  })

  it('S-D24: no redirect is shown to it, and S-D37: no body beyond the limit', async () => {
    let asked = 0
    const token = () => {
      asked++
      return { status: 200, body: tokens }
    }
    await expectRefusal(
      ask(new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), { token }),
      'REDIRECT_REFUSED',
    )
    await expectRefusal(ask(new Response('x'.repeat(1_048_577)), { token }), 'BODY_TOO_LARGE')
    expect(asked).toBe(0)
  })

  it('a status of the same hundred may stand in its place, up to its ends, and an answer without a content type shows an empty one', async () => {
    const seen: string[] = []
    const bare = new Response(new TextEncoder().encode('{"error":"invalid_grant"}'), { status: 499 })
    const token: Amendments[string] = ({ contentType }) => {
      seen.push(contentType)
      return { status: 400, contentType: 'application/json' }
    }
    expect(await expectRefusal(ask(bare, { token }), 'OAUTH_ERROR')).toMatchObject({ error: 'invalid_grant', http: { status: 400 } })
    expect(seen).toEqual([''])
    for (const status of [399, 500])
      await expectRefusal(ask(jsonResponse({}, 400), { token: () => ({ status }) }), 'OPTION_INVALID', {
        says: ['one of the same hundred'],
      })
  })

  it('an event tells what was amended, and nothing where nothing was', async () => {
    const { send, events, answer } = await startProbe([], {
      amend: amendAnswers({ probe: ({ status }) => (status === 201 ? { status: 200 } : undefined) }),
    })
    await send()
    expect(events.filter(({ type }) => type === 'quirk')).toEqual([])
    answer(jsonResponse({ ok: true }, 201))
    await send()
    expect(events.filter(({ type }) => type === 'quirk')).toEqual([{ type: 'quirk', name: 'amend', operation: 'probe' }])
  })

  it('works for an operation whose body nobody reads', async () => {
    const issuer = await createIssuer()
    issuer.answer('revocation', new Response(null, { status: 204 }))
    const make = (amendments: Amendments) => createClient(issuer.metadata, issuer.options({ amend: amendAnswers(amendments) }))
    await revokeToken(make({ revocation: () => ({ status: 200 }) }), canaries.token)
    await expectRefusal(revokeToken(make({ token: () => ({ status: 200 }) }), canaries.token), 'HTTP_STATUS')
  })

  it.each([
    [undefined, 'The option amend is missing. Give a function by the name of an operation.'],
    [[() => undefined], 'The option amend is an array. Give a function by the name of an operation.'],
    [{}, 'The option amend holds nothing. Give a function by the name of an operation.'],
    [{ token: true }, 'The option amend.token is of type boolean. Give a function.'],
    [{ token: () => undefined, userinfo: null }, 'The option amend.userinfo is null. Give a function.'],
    [{ discovery: () => undefined }, 'The option amend.discovery cannot be amended. Give corrected metadata to createClient(), or quirks'],
    [{ jwks: () => undefined }, 'The option amend.jwks cannot be amended. Give corrected metadata to createClient(), or quirks'],
  ])('%j is refused at once', async (amendments, says) => {
    await expectRefusal(() => amendAnswers(amendments as never), 'OPTION_INVALID', { says: [says] })
  })

  it('one that throws, or gives something else, is told without the body', async () => {
    const answer = () => jsonResponse(tokens)
    const throwing = (given: GivenAnswer) => {
      throw new Error(given.body)
    }
    for (const [token, says] of [
      [throwing, 'threw an error. Give a function that takes whatever the server sends.'],
      [(given: GivenAnswer) => given.body, 'gave something of type string. Give an object or undefined, at once.'],
      [async () => ({}), 'gave something a promise that was not awaited. Give an object or undefined, at once.'],
      [() => null, 'gave something null. Give an object or undefined, at once.'],
    ] as const)
      await expectRefusal(ask(answer(), { token: token as never }), 'OPTION_INVALID', { says: [`The option amend.token ${says}`] })
    const broken = () => new Response(new Uint8Array([0xff]), { headers: { 'content-type': 'application/json' } })
    expect(await ask(broken(), { token: ({ body }) => (body === '' ? { body: tokens } : undefined) })).toMatchObject(tokens)
  })
})
