import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { createWorld, issuer, parameters, startTime, type WorldOptions } from './ciba.test-server.js'
import { initiateBackchannelAuthentication } from './initiate.js'

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })

async function send(more: Readonly<Record<string, unknown>> = {}, { ciba = {}, ...options }: WorldOptions = {}) {
  const world = createWorld({ ...options, ciba: { key: { key: privateKey, kid: 'mine' }, ...ciba } })
  await initiateBackchannelAuthentication(world.client, { ...parameters, ...more })
  const [seen] = world.seen
  const request = seen?.body.get('request') ?? ''
  return { body: seen?.body, request, claims: decodeJwt(request), header: decodeProtectedHeader(request) }
}

describe('signed authentication requests (CIBA Core 1.0, section 7.1.1)', () => {
  it('S-L06: aud, iss, exp, iat, nbf and jti are always there, and no sub, which would make it a client assertion', async () => {
    const { claims, request, header } = await send()
    await jwtVerify(request, publicKey, { currentDate: new Date(startTime * 1000) })
    expect(header).toEqual({ alg: 'ES256', kid: 'mine' })
    expect(claims).toEqual({
      ...parameters,
      iss: 'app',
      aud: issuer,
      iat: startTime,
      nbf: startTime,
      exp: startTime + 60,
      jti: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  it('S-L06: each request has a jti of its own, and lasts as long as the option lifetime says', async () => {
    const world = createWorld({ ciba: { key: privateKey, lifetime: 300 } })
    await initiateBackchannelAuthentication(world.client, parameters)
    await initiateBackchannelAuthentication(world.client, parameters)
    const [first, second] = world.seen.map(({ body }) => decodeJwt(body.get('request') ?? ''))
    expect(first?.exp).toBe(startTime + 300)
    expect(first?.jti).not.toBe(second?.jti)
  })

  it('no parameter stands outside of the object, not even the notification token', async () => {
    const { body, claims } = await send({ binding_message: 'W4SCT' }, { ciba: { mode: 'ping' } })
    expect([...(body?.keys() ?? [])]).toEqual(['request'])
    expect(claims).toMatchObject({ binding_message: 'W4SCT', client_notification_token: expect.stringMatching(/^[\w-]{43}$/) })
  })

  it('each value is a string, requested_expiry as well, and what is JSON stays JSON', async () => {
    const { claims } = await send({
      requested_expiry: 90,
      resource: ['https://a.example/', 'https://b.example/'],
      authorization_details: [{ type: 'payment', amount: 5 }],
    })
    expect(claims).toMatchObject({
      requested_expiry: '90',
      resource: ['https://a.example/', 'https://b.example/'],
      authorization_details: [{ type: 'payment', amount: 5 }],
    })
    await expect(send({ authorization_details: 'user-canary' })).rejects.toMatchObject({
      code: 'PARAMETER_INVALID',
      message: expect.not.stringContaining('canary'),
    })
  })

  it('the key may be a signer or PEM', async () => {
    const { privateKey: pem, publicKey: verify } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { request } = await send({}, { ciba: { key: String(pem.export({ type: 'pkcs8', format: 'pem' })) } })
    await jwtVerify(request, verify, { currentDate: new Date(startTime * 1000) })
    const sign = (data: Uint8Array) =>
      crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data as BufferSource).then((bytes) => new Uint8Array(bytes))
    const signed = await send({}, { ciba: { key: { alg: 'ES256', sign } } })
    await jwtVerify(signed.request, publicKey, { currentDate: new Date(startTime * 1000) })
  })

  it.each<[string, WorldOptions]>([
    ['the client is registered for another algorithm', { client: { backchannel_authentication_request_signing_alg: 'PS256' } }],
    ['the server takes other algorithms', { server: { backchannel_authentication_request_signing_alg_values_supported: ['PS256'] } }],
    [
      'signing is registered and there is no key',
      { client: { backchannel_authentication_request_signing_alg: 'ES256' }, ciba: { key: undefined } },
    ],
  ])('%s: told before anything is sent', async (_, { ciba = {}, ...options }) => {
    const world = createWorld({ ...options, ciba: { key: privateKey, mode: 'ping', ...ciba } })
    await expect(initiateBackchannelAuthentication(world.client, parameters)).rejects.toMatchObject({ code: 'CIBA_ALGORITHM' })
    expect([world.seen, [...world.entries]]).toEqual([[], []])
  })

  it('the algorithm that is registered and offered is taken', async () => {
    const { header } = await send(
      {},
      {
        client: { backchannel_authentication_request_signing_alg: 'ES256' },
        server: { backchannel_authentication_request_signing_alg_values_supported: ['PS256', 'ES256'] },
      },
    )
    expect(header.alg).toBe('ES256')
  })
})
