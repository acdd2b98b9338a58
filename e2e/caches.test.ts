import {
  authorizationCodeGrant,
  type ClientOptions,
  clientSecretBasic,
  createAuthorizationRequest,
  discover,
  exportDiscovery,
  exportKeys,
  flushKeys,
  importDiscovery,
  importKeys,
} from '@oidc/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
let running: RunningProvider

beforeAll(async () => {
  running = await startProvider({ clients: [{ client_id: 'app', client_secret: 'only-for-tests', redirect_uris: [redirect_uri] }] })
})

afterAll(() => running.close())

/** A process of its own: with its own fetch it shares nothing. */
function startProcess() {
  const urls: string[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    urls.push(new URL(String(input)).pathname)
    return running.fetch(input, init)
  }
  const authentication = clientSecretBasic('only-for-tests')
  const options: ClientOptions = { client_id: 'app', authentication, allowInsecure: 'loopback', fetch }
  const open = () => discover(running.issuer, options)
  const signIn = async () => {
    const client = await open()
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    return authorizationCodeGrant(client, await running.login(url), transaction)
  }
  return { urls, options, open, signIn }
}

it('F-U7, F-K9: what one process knows of oidc-provider serves the next one, which asks for tokens alone', async () => {
  const one = startProcess()
  expect((await one.signIn()).claims?.sub).toBe('alice')
  expect(one.urls).toEqual(['/.well-known/openid-configuration', '/token', '/jwks'])
  const kept: unknown = JSON.parse(JSON.stringify([exportDiscovery(running.issuer, one.options), exportKeys(await one.open())]))
  const [metadata, keys] = kept as [unknown, unknown]
  const next = startProcess()
  expect(importDiscovery(running.issuer, next.options, metadata)).toBe(true)
  expect(importKeys(await next.open(), keys)).toBe(true)
  expect((await next.signIn()).claims?.sub).toBe('alice')
  expect(next.urls).toEqual(['/token'])
  flushKeys(await next.open())
  await next.signIn()
  expect(next.urls).toEqual(['/token', '/token', '/jwks'])
})

it('F-U7: ten cold sign-ins at once ask oidc-provider once for its metadata and once for its keys', async () => {
  const { urls, signIn } = startProcess()
  await Promise.all(Array.from({ length: 10 }, signIn))
  const count = (path: string) => urls.filter((url) => url === path).length
  expect([count('/.well-known/openid-configuration'), count('/jwks'), count('/token')]).toEqual([1, 1, 10])
})
