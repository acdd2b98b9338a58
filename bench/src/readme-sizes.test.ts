import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { measureSize } from './sizes.ts'

const login = `export { authorizationCodeGrant, createAuthorizationRequest, discover, privateKeyJwt } from './core/src/index.ts'`
const base = measureSize(login)

/** What an extension's README says, with # for the number of bytes, and what is bundled for it; the last name is what the number before it was without. */
const claims: readonly (readonly [name: string, says: string, names: string, without?: string])[] = [
  ['par', '`par()` adds # bytes', 'par'],
  ['dpop', '`dpop()` and `generateDPoPKeyPair()` add # bytes', 'dpop, generateDPoPKeyPair'],
  ['jarm', '`jarm()` adds # bytes', 'jarm'],
  ['jarm', '`jar()` #,', 'jar'],
  ['jarm', '`encryptWith()` # more', 'jar, encryptWith', 'jar'],
  ['hybrid', '`hybrid()` adds # bytes', 'hybrid'],
  ['hybrid', '`validateFrontChannelResponse()` # more', 'hybrid, validateFrontChannelResponse', 'hybrid'],
  ['introspection', 'it adds # bytes', 'introspection, introspectToken'],
  ['mtls', '`mtls()` adds # bytes', 'mtls'],
  ['mtls', '`tlsClientAuth()` with it #.', 'tlsClientAuth'],
  ['ciba', 'polling adds # bytes', 'ciba, initiateBackchannelAuthentication, pollBackchannelAuthenticationGrant'],
  ['registration', '`registerClient()` adds # bytes', 'registerClient'],
  ['registration', 'all four functions #.', 'registerClient, readRegistration, updateRegistration, deleteRegistration'],
  [
    'logout',
    '`createEndSessionRequest()` and `validateEndSessionResponse()` add # bytes',
    'createEndSessionRequest, validateEndSessionResponse',
  ],
  ['logout', '`validateLogoutToken()` #.', 'validateLogoutToken'],
]

const measure = async (name: string, names: string) =>
  (await measureSize(`${login}; export { ${names} } from './${name}/src/index.ts'`)).brotli

describe('what a README says that its package adds to a bundle', () => {
  for (const [name, says, names, without] of claims)
    it(`is true within a tenth: ${name}, ${says}`, async () => {
      const text = readFileSync(join(import.meta.dirname, '../../packages', name, 'README.md'), 'utf8').replace(/\s+/g, ' ')
      const [before = '', after = ''] = says.split('#')
      const from = text.indexOf(before) + before.length
      const said = /^[\d,]*\d/.exec(text.slice(from))?.[0] ?? ''
      expect(text.slice(text.indexOf(before), from + said.length + after.length)).toBe(`${before}${said}${after}`)
      const size = (await measure(name, names)) - (without === undefined ? (await base).brotli : await measure(name, without))
      const bytes = Number(said.replaceAll(',', ''))
      expect(bytes).toBeGreaterThan(size * 0.9)
      expect(bytes).toBeLessThan(size * 1.1)
    })
})
