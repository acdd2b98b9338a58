import express from 'express'
import { describe, expect, it } from 'vitest'
import { initiateLogin } from './initiate-login.js'
import { issuer } from './passport.test-provider.js'
import { startApp } from './passport.test-server.js'

const start = (parse = false) =>
  startApp({
    extend: (app, login, origin) => {
      if (parse) app.use(express.urlencoded({ extended: true }))
      app.all('/initiate', initiateLogin({ passport: login, allowed: [issuer], origin, authenticate: { prompt: 'login' } }))
    },
  })

describe('a login that a third party asks for (OpenID Connect Core 1.0, section 4)', () => {
  it.each([
    ['GET', false],
    ['POST', false],
    ['POST', true],
  ])('F-T28: by %s (parsed before: %s) begins with the hint, and leads to the target', async (method, parse) => {
    const app = await start(parse)
    const browser = app.open()
    const query = new URLSearchParams({ iss: issuer, login_hint: 'ada', target_link_uri: `${app.origin}/orders?x=1#a` })
    const page = method === 'GET' ? await browser.get(`/initiate?${query}`, { crossSite: true }) : await browser.post('/initiate', query)
    expect(page.status).toBe(302)
    const sent = new URL(page.location).searchParams
    expect([sent.get('login_hint'), sent.get('prompt')]).toEqual(['ada', 'login'])
    expect((await browser.get(`/cb?${app.provider.authorize(page.location)}`)).location).toBe('/orders?x=1#a')
  })

  it.each([
    [{ iss: 'https://evil.example' }, 'LOGIN_INITIATION_ISSUER'],
    [{ iss: `${issuer}/` }, 'LOGIN_INITIATION_ISSUER'],
    [{}, 'LOGIN_INITIATION_INVALID'],
    [{ iss: issuer, target_link_uri: 'https://evil.example/' }, 'LOGIN_INITIATION_TARGET'],
    [{ iss: issuer, target_link_uri: '//evil.example' }, 'LOGIN_INITIATION_TARGET'],
  ])('S-C38: %j is refused with 400, and nothing is begun', async (parameters, code) => {
    const app = await start()
    const page = await app.open().get(`/initiate?${new URLSearchParams(parameters)}`)
    expect([page.status, page.text, page.cookies]).toEqual([400, `error ${code}`, []])
    expect(app.provider.requests).toEqual([])
  })

  it('S-C38: what stands twice is refused, parsed before or not', async () => {
    for (const parse of [false, true]) {
      const app = await start(parse)
      expect((await app.open().post('/initiate', `iss=${issuer}&iss=${issuer}`)).text).toBe('error LOGIN_INITIATION_INVALID')
    }
  })

  it('S-O11: a look ahead begins none', async () => {
    const app = await start()
    const page = await app.open().get(`/initiate?iss=${issuer}`, { headers: { 'sec-purpose': 'prefetch' } })
    expect([page.status, page.cookies]).toEqual([503, []])
  })

  it('a mistake is told at once', () => {
    for (const options of [{}, { allowed: issuer, origin: 'https://app.example' }, { allowed: [issuer], origin: 'app' }])
      expect(() => initiateLogin(options as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})
