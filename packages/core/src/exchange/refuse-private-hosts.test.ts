import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { refusePrivateHosts } from '../index.js'

const ask = (host: string) => refusePrivateHosts(new URL(`https://${host}/jwks?key=${canaries.code}`), 'jwks')
const refuse = (host: string) => expectRefusal(() => ask(host), 'EGRESS_REFUSED', { says: ['jwks'] })

describe('refusePrivateHosts', () => {
  it.each([
    '169.254.169.254',
    '100.100.100.200',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.7',
    '224.0.0.1',
    '255.255.255.255',
    '127.0.0.1.',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '0',
    '2852039166',
    '0xA9FEA9FE',
    '%31%32%37.0.0.1',
    '１２７.０.０.１',
    '127。0。0。1',
  ])('S-A13, S-A32: the IPv4 address spelled %s is refused', async (host) => void (await refuse(host)))

  it.each([
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:10.0.0.1]',
    '[::ffff:8.8.8.8]',
    '[::127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[fc00::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001::1]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '[2002:7f00:1::]',
    '[3fff::1]',
  ])('S-A13, S-A32: the IPv6 address spelled %s is refused', async (host) => void (await refuse(host)))

  it.each([
    'localhost',
    'LOCALHOST.',
    'keycloak',
    'a.localhost',
    'printer.local',
    'metadata.google.internal',
    'metadata.google.internal.',
    'a.LAN',
    'router.home.arpa',
  ])('S-A13, S-A32: the private name %s is refused', async (host) => void (await refuse(host)))

  it.each([
    'as.example',
    'login.example.com.',
    'local.example',
    'internal.example',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '[2606:4700::1111]',
    '[2001:4860:4860::8888]',
    '[2001:200::1]',
    '[2a00::1]',
  ])('S-A13: the public host %s is allowed', (host) => {
    expect(ask(host)).toBeUndefined()
  })

  it('S-A13: an address of a private network is refused in decimal, octal and hexadecimal', () => {
    fc.assert(
      fc.property(fc.constantFrom(0x0a000000, 0x7f000000), fc.nat({ max: 0xffffff }), (first, rest) => {
        const address = first + rest
        for (const host of [String(address), `0x${address.toString(16)}`, `0${address.toString(8)}`]) expect(() => ask(host)).toThrow()
        expect(() => ask(`[::ffff:${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}]`)).toThrow()
      }),
    )
  })
})
