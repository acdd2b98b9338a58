import {
  authorizationCodeGrant,
  type Client,
  createAuthorizationRequest,
  createClient,
  fetchProtectedResource,
  fetchUserInfo,
  privateKeyJwt,
  refreshTokenGrant,
} from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import { type DPoPKeyPair, dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { par } from '@oidc/par'
import { beforeAll, describe, expect, it } from 'vitest'
import { meddles, sealsMessages, signsBytes, takesDetours, type Witness } from './plugins.ts'
import { createTracedServer, type TracedServer } from './server.ts'

let server: TracedServer
let keyPair: DPoPKeyPair
let clientKey: CryptoKey

beforeAll(async () => {
  server = await createTracedServer()
  // Ed25519 signatures are the same for the same bytes, so proofs can be compared.
  keyPair = await generateDPoPKeyPair('EdDSA')
  const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
  clientKey = pair.privateKey
})

/** Seven plugins that fill every slot; those that a slot runs for all are there twice or more. */
function makePlugins(witness: Witness): Plugin[] {
  return [
    par(),
    dpop({ keyPair }),
    sealsMessages(witness),
    signsBytes(witness),
    takesDetours(witness),
    meddles('amends', witness),
    meddles('bends', witness),
  ]
}

interface Run {
  readonly wire: readonly string[]
  /** What every hook saw, in the order in which they ran. */
  readonly seen: readonly string[]
}

/** A whole login, a refresh, UserInfo and a call of an API, with the plugins registered in this order. */
async function runFlow(order: readonly number[]): Promise<Run> {
  server.reset()
  const seen: string[] = []
  const plugins = makePlugins((plugin, slot, saw) => seen.push(`${plugin} ${slot} ${JSON.stringify(saw)}`))
  let drawn = 0
  const client: Client = createClient(server.metadata, {
    client_id: 'app',
    authentication: privateKeyJwt(clientKey),
    fetch: server.fetch,
    clock: server.clock,
    random: (length) => new Uint8Array(length).fill(++drawn),
    use: order.flatMap((index) => plugins[index] ?? []),
  })
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri: 'https://app.example/cb', scope: 'openid' })
  const tokens = await authorizationCodeGrant(client, server.authorize(url), transaction)
  const fresh = await refreshTokenGrant(client, tokens)
  await fetchUserInfo(client, fresh)
  await (await fetchProtectedResource(client, fresh, server.api, { method: 'post', body: 'tea' })).text()
  return { wire: [...server.trace], seen }
}

function permute(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((first) => permute(items.filter((item) => item !== first)).map((rest) => [first, ...rest]))
}

const registered = [0, 1, 2, 3, 4, 5, 6]

describe('the order in which plugins are registered (DESIGN 4)', () => {
  it('is not seen: seven plugins in all 5,040 orders give one trace on the wire, and every hook sees the same', async () => {
    const orders = permute(registered)
    expect(orders).toHaveLength(5040)
    const first = await runFlow(registered)
    for (const order of orders) {
      const run = await runFlow(order)
      if (JSON.stringify(run) !== JSON.stringify(first)) expect(run, `registered as ${order.join()}`).toEqual(first)
    }
  }, 300_000)

  it('and the trace is no empty one: every slot ran, and both kinds of retry happened', async () => {
    const { wire, seen } = await runFlow(registered)
    const slots = new Set(seen.map((line) => line.split(' ', 2).join(' ')))
    const ofAll = ['authorization.parameters', 'check', 'headers', 'received', 'retry', 'operations.parameters', 'around']
    expect([...slots].sort()).toEqual(
      [
        ...['amends', 'bends'].flatMap((name) => ofAll.map((slot) => `${name} ${slot}`)),
        'seals-messages protect',
        'seals-messages open',
        'signs-bytes seal',
        'signs-bytes unseal',
        'takes-detours parameters',
        'takes-detours check',
      ].sort(),
    )
    // Pushed twice for a nonce, a code twice for a nonce, a refresh twice for patience, UserInfo once, the API twice for a nonce.
    expect(wire.map((line) => (line.startsWith('[') ? new URL(JSON.parse(line)[1]).pathname : line.replace(/\?.*/, '')))).toEqual([
      '/par',
      '/par',
      'https://as.example/authorize',
      '/alias/token',
      '/alias/token',
      '/alias/token',
      // Of the two that asked, the one that wants to wait longer wins.
      `waits ${'amends'.length}`,
      '/alias/token',
      '/userinfo',
      '/things',
      '/things',
    ])
    expect(wire[2]).toBe('https://as.example/authorize?client_id=app&request_uri=urn%3Apushed')
  })

  it('nothing that is signed is sent twice: every attempt has its own proof and its own assertion', async () => {
    const { wire } = await runFlow(registered)
    const messages = wire
      .filter((line) => line.startsWith('['))
      .map((line) => JSON.parse(line) as [string, string, Record<string, string>, string])
    const proofs = messages.map(([, , headers]) => headers.dpop)
    const assertions = messages.flatMap(([, , , body]) => new URLSearchParams(body).get('client_assertion') ?? [])
    expect(proofs.every((proof) => typeof proof === 'string')).toBe(true)
    expect(new Set(proofs).size).toBe(9)
    expect(assertions).toHaveLength(6)
    expect(new Set(assertions).size).toBe(6)
  })

  it('no hook changed what another one, or core, was given', async () => {
    const { wire, seen } = await runFlow(registered)
    const request = atob(new URLSearchParams(JSON.parse(wire[0] ?? '')[3]).get('request') ?? '')
    const sent = new URLSearchParams(request)
    expect(sent.get('scope')).toBe('openid')
    expect(sent.has('meddled')).toBe(false)
    expect([sent.get('saw_amends'), sent.get('saw_bends')]).toEqual(['redirect_uri scope', 'redirect_uri scope'])
    expect(seen.filter((line) => line.includes('meddled'))).toEqual([])
    expect(wire.filter((line) => line.includes('meddled'))).toEqual([])
  })
})
