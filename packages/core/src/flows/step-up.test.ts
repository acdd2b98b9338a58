import { describe, expect, it } from 'vitest'
import { redirect_uri, startLogin } from '../../test/login.js'
import { expectRefusal } from '../../test/refusal.js'
import { authorizationCodeGrant, createStepUpRequest, fetchProtectedResource, fetchUserInfo, findStepUpChallenge } from '../index.js'

const challenge = (parameters: string) =>
  new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer error="insufficient_user_authentication"${parameters}` } })

describe('findStepUpChallenge (RFC 9470, 3)', () => {
  it.each([
    [', acr_values="gold silver"', { acr_values: 'gold silver' }],
    [', max_age=300', { max_age: 300 }],
    [', max_age="0", acr_values="gold", scope="pay read"', { max_age: 0, acr_values: 'gold', scope: 'pay read' }],
    ['', {}],
  ])('F-T6: reads what the API demands: %s', (parameters, demand) => {
    expect(findStepUpChallenge(challenge(parameters))).toEqual(demand)
  })

  it('F-T6: finds it in the Response of an API, and in the error of UserInfo', async () => {
    const { client, issuer, finish } = await startLogin()
    const tokens = await finish()
    issuer.answer('resource', challenge(', acr_values="gold"'))
    expect(findStepUpChallenge(await fetchProtectedResource(client, tokens, issuer.resource))).toEqual({ acr_values: 'gold' })
    issuer.answer('userinfo', challenge(', max_age="60"'))
    const error = await fetchUserInfo(client, tokens).catch((thrown: unknown) => thrown)
    expect(findStepUpChallenge(error)).toEqual({ max_age: 60 })
  })

  it.each([
    ', max_age="-1"',
    ', max_age="1e3"',
    ', max_age="99999999999"',
    ', acr_values=""',
    ', acr_values=" gold"',
    `, acr_values="${'x'.repeat(1025)}"`,
    ', acr_values="gol\\"d"',
  ])('what cannot be used is left out: %s', (parameters) => {
    expect(findStepUpChallenge(challenge(parameters))).toEqual({})
  })

  it.each([
    undefined,
    null,
    7,
    new Error('other'),
    new Response(),
    new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
  ])('%s is no such demand', (answer) => {
    expect(findStepUpChallenge(answer)).toBeUndefined()
  })
})

describe('createStepUpRequest (RFC 9470, 4)', () => {
  const begin = async (demand: Parameters<typeof createStepUpRequest>[1], parameters: object = {}) => {
    const login = await startLogin()
    const request = await createStepUpRequest(login.client, demand, { redirect_uri, scope: 'openid', ...parameters })
    return { ...login, ...request, callback: login.issuer.authorize(request.url) }
  }

  it('F-T6: asks for what was demanded', async () => {
    const { url } = await begin({ acr_values: 'gold silver', max_age: 60 }, { acr_values: 'bronze', login_hint: 'ada' })
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ acr_values: 'gold silver', max_age: '60', login_hint: 'ada' })
  })

  it.each([
    [60, 30, '30'],
    [30, 60, '30'],
    [undefined, 60, '60'],
    [0, 60, '0'],
  ])('F-T6: of the max_age %j demanded and %j given the smaller one counts', async (demanded, given, sent) => {
    const { url } = await begin({ ...(demanded !== undefined && { max_age: demanded }) }, { max_age: given })
    expect(url.searchParams.get('max_age')).toBe(sent)
  })

  it('F-T6, F-T7: takes an ID token with one of the demanded acr', async () => {
    const { client, callback, transaction, alter } = await begin({ acr_values: 'gold silver' })
    alter({ claims: { acr: 'silver' } })
    expect((await authorizationCodeGrant(client, callback, transaction)).claims?.acr).toBe('silver')
  })

  it.each(['bronze', undefined, 'gold silver', ['gold']])('F-T6, F-T7: refuses an ID token with the acr %j', async (acr) => {
    const { client, callback, transaction, alter } = await begin({ acr_values: 'gold silver' })
    alter({ claims: { acr } })
    await expectRefusal(authorizationCodeGrant(client, callback, transaction), 'ID_TOKEN_ACR')
  })

  it('F-T6, F-T7: refuses an ID token whose auth_time is too long ago', async () => {
    const { client, callback, transaction, alter, issuer } = await begin({ max_age: 60 })
    alter({ claims: { auth_time: issuer.clock.now() - 91 } })
    await expectRefusal(authorizationCodeGrant(client, callback, transaction), 'ID_TOKEN_AUTH_TIME')
  })
})
