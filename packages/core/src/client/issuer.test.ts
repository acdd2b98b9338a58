import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse } from '../../test/issuer.js'
import { redirect_uri, startLogin } from '../../test/login.js'
import { expectRefusal } from '../../test/refusal.js'
import { authorizationCodeGrant, createClient, discover } from '../index.js'

const template = 'https://as.example/{tenantid}/v2.0'
const tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const iss = template.replace('{tenantid}', tenant)
const quirks = { issuerTemplate: template }

/** A login at a server of many tenants, whose metadata name the template. */
const startTenant = () =>
  startLogin({ metadata: { issuer: template, authorization_response_iss_parameter_supported: false }, options: { quirks } })
const withoutIss = (callback: URL) => {
  const url = new URL(callback)
  url.searchParams.delete('iss')
  return url
}

describe('the quirk issuerTemplate', () => {
  it('F-B6, F-U9: takes the issuer that the token’s own tid names, and says so by an event', async () => {
    const { client, callback, transaction, alter, events } = await startTenant()
    alter({ claims: { iss, tid: tenant } })
    expect((await authorizationCodeGrant(client, withoutIss(callback), transaction)).claims?.iss).toBe(iss)
    expect(events).toContainEqual({ type: 'quirk', name: 'issuerTemplate', operation: 'id_token' })
  })

  it.each<[string, Record<string, unknown>]>([
    ['another tenant than tid', { iss, tid: 'another' }],
    ['no tid', { iss, tid: undefined }],
    ['another host', { iss: iss.replace('as.example', 'evil.example'), tid: tenant }],
    ['another host of as many letters', { iss: iss.replace('as.example', 'bs.example'), tid: tenant }],
    ['another tail of as many letters', { iss: iss.replace('v2.0', 'v3.0'), tid: tenant }],
    ['an array of one', { iss: [iss], tid: tenant }],
    ['more than a segment', { iss: template.replace('{tenantid}', 'a/b'), tid: 'a/b' }],
    ['nothing', { iss: template.replace('{tenantid}', ''), tid: '' }],
    ['the template itself', { iss: template, tid: '{tenantid}' }],
    ['a longer tail', { iss: `${iss}/x`, tid: tenant }],
  ])('F-B6: refuses an issuer with %s', async (_, claims) => {
    const { client, callback, transaction, alter } = await startTenant()
    alter({ claims })
    await expectRefusal(authorizationCodeGrant(client, withoutIss(callback), transaction), 'ID_TOKEN_ISSUER')
  })

  it('F-B6: an iss of the authorization response is compared with the template', async () => {
    const { client, callback, transaction, alter, events } = await startTenant()
    alter({ claims: { iss, tid: tenant } })
    callback.searchParams.set('iss', 'https://evil.example/x/v2.0')
    await expectRefusal(authorizationCodeGrant(client, callback, transaction), 'ISS_MISMATCH')
    callback.searchParams.set('iss', iss)
    expect((await authorizationCodeGrant(client, callback, transaction)).claims?.tid).toBe(tenant)
    expect(events).toContainEqual({ type: 'quirk', name: 'issuerTemplate', operation: 'authorization' })
  })

  it('F-B6, F-U9: without it the issuer is compared as it is, and the error suggests it', async () => {
    const { alter, finish } = await startLogin()
    alter({ claims: { iss, tid: tenant } })
    await expectRefusal(finish(), 'ID_TOKEN_ISSUER', { says: ['quirks: { issuerTemplate }'] })
  })

  it('F-B6: discovery takes metadata that name the template, and suggests it where it is not given', async () => {
    const issuer = await createIssuer({ metadata: { issuer: template } })
    issuer.answer('unknown', () => jsonResponse(issuer.metadata))
    const common = 'https://as.example/common/v2.0'
    await expectRefusal(discover(common, issuer.options()), 'ISSUER_MISMATCH', { says: ['quirks: { issuerTemplate }'] })
    expect((await discover(common, issuer.options({ quirks }))).server.issuer).toBe(template)
    await expectRefusal(
      discover(common, issuer.options({ quirks: { issuerTemplate: 'https://other.example/{tenantid}' } })),
      'ISSUER_MISMATCH',
    )
  })

  it.each([
    'https://{tenantid}.example/',
    'https://as.example/{tenantid}x',
    'https://as.example/',
    '{tenantid}',
    'https://as.example/{tenantid}/{tenantid}',
    7,
  ])('F-B6: %s is no template: in the host it would stand for servers of anybody', async (issuerTemplate) => {
    const issuer = await createIssuer()
    await expectRefusal(
      () => createClient(issuer.metadata, issuer.options({ quirks: { issuerTemplate: issuerTemplate as string } })),
      'OPTION_INVALID',
    )
  })

  it('S-C09: a server whose metadata name no template is compared exactly, with the quirk as well', async () => {
    const { client, callback, transaction } = await startLogin({ options: { quirks } })
    callback.searchParams.set('iss', iss)
    await expectRefusal(authorizationCodeGrant(client, callback, transaction), 'ISS_MISMATCH')
    expect(transaction.redirect_uri).toBe(redirect_uri)
  })
})
