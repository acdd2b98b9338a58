import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { authorizationCodeGrant, type ClientOptions, createAuthorizationRequest, createClient, publicClient } from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { fetchOrganization, organization } from './examples/organization.ts'

const issuer = 'https://vendor.example'
const server = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  jwks_uri: `${issuer}/jwks`,
  organization_endpoint: `${issuer}/organization`,
  id_token_signing_alg_values_supported: ['ES256'],
}

/** The vendor's server, signing users in to one organization. */
async function startVendor(signedInTo: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }
  const requests: Request[] = []
  let nonce = ''
  const vendorFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    requests.push(request)
    const { pathname } = new URL(request.url)
    if (pathname === '/jwks') return Response.json({ keys: [jwk] })
    if (pathname === '/userinfo') return Response.json({ sub: 'u1' })
    if (pathname === '/organization') return Response.json({ id: signedInTo, plan: 'team' })
    const id_token = await new SignJWT({ nonce, org_id: signedInTo })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuer)
      .setAudience('c')
      .setSubject('u1')
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)
    return Response.json({ access_token: 'at', token_type: 'Bearer', id_token })
  }
  const login = async (use: Plugin[]) => {
    const options: ClientOptions = { client_id: 'c', authentication: publicClient(), fetch: vendorFetch, use }
    const client = createClient(server, options)
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri: 'https://app.example/cb', scope: 'openid' })
    nonce = url.searchParams.get('nonce') ?? ''
    const callback = new URL(`https://app.example/cb?code=c1&state=${url.searchParams.get('state')}`)
    return { client, url, tokens: await authorizationCodeGrant(client, callback, transaction) }
  }
  return { login, requests }
}

describe('docs/WRITE_A_PLUGIN.md', () => {
  it('shows the plugin that is tested here, to the letter', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/WRITE_A_PLUGIN.md'), 'utf8')
    const source = readFileSync(join(import.meta.dirname, 'examples/organization.ts'), 'utf8')
    expect(page).toContain(`\`\`\`ts\n${source}\`\`\``)
  })

  it('its plugin adds the parameter and the header, and its function works', async () => {
    const { login, requests } = await startVendor('org_1')
    const { client, url, tokens } = await login([organization('org_1')])
    expect(url.searchParams.get('organization')).toBe('org_1')
    expect(requests[0]?.headers.get('x-attempt')).toBe('token-1')
    expect(await fetchOrganization(client, tokens)).toEqual({ id: 'org_1', plan: 'team', owner: 'u1' })
  })

  it('its check refuses a user of another organization, and core says whose check it was', async () => {
    const { login } = await startVendor('org_2')
    await expect(login([organization('org_1')])).rejects.toMatchObject({
      code: 'ORGANIZATION_MISMATCH',
      plugin: 'oidc-organization',
      slot: 'operations.check',
    })
  })

  it('its function says what to install where the plugin is missing', async () => {
    const { login } = await startVendor('org_1')
    const { client, tokens } = await login([])
    await expect(fetchOrganization(client, tokens)).rejects.toMatchObject({
      code: 'PLUGIN_MISSING',
      message: expect.stringContaining('organization(id)'),
    })
  })

  it('the client is not made for a server without the endpoint', () => {
    const { organization_endpoint: _, ...other } = server
    expect(() => createClient(other, { client_id: 'c', authentication: publicClient(), use: [organization('org_1')] })).toThrow(
      expect.objectContaining({ code: 'SERVER_METADATA_MISSING' }),
    )
  })
})
