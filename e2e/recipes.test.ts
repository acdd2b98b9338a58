import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { authorizationCodeGrant, createAuthorizationRequest, discover, isOidcError, publicClient } from '@oidc/core'
import { createTestIssuer } from '@oidc/testing'
import { describe, expect, it } from 'vitest'
import { retrying, watched } from './examples/recipes.ts'

const redirect_uri = 'https://app.example/cb'

describe('docs/RECIPES.md', () => {
  it('F-L7: shows the functions that are tested here, to the letter', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/RECIPES.md'), 'utf8')
    const source = readFileSync(join(import.meta.dirname, 'examples/recipes.ts'), 'utf8')
    expect(page).toContain(`\`\`\`ts\n${source}\`\`\``)
    for (const topic of ['proxy', 'ProxyAgent', 'RetryAgent', 'client certificate', 'Retries and hooks', 'ky'])
      expect(page).toContain(topic)
  })

  it('F-L7: retrying and watched carry a whole login through a server that fails twice, and a code is sent once', async () => {
    const issuer = await createTestIssuer()
    const seen: string[] = []
    const pauses: number[] = []
    const patient = retrying(issuer.fetch, 3, async (attempt) => void pauses.push(attempt))
    const fetch = watched(patient, (method, address, status) => seen.push(`${method} ${address} ${status}`))
    const client = await discover(issuer.issuer, { client_id: 'app', authentication: publicClient(), fetch, clock: issuer.clock })
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    issuer.fault('server_down', 1)
    const lost = await authorizationCodeGrant(client, await issuer.signIn(url), transaction).catch((error: unknown) => error)
    expect(isOidcError(lost) && lost.code).toBe('NETWORK_ERROR')
    expect(seen.at(-1)).toBe('POST https://as.example/token undefined')
    expect(pauses).toEqual([])

    issuer.fault('server_busy', 2)
    expect((await fetch('https://as.example/jwks')).status).toBe(200)
    expect(pauses).toEqual([1, 2])
    expect(seen.join()).not.toMatch(/canary|state=|code=/)
  })

  it('F-L7: what was given up is not sent again', async () => {
    const controller = new AbortController()
    let sent = 0
    const failing: typeof fetch = async () => {
      sent++
      controller.abort()
      throw new Error('given up')
    }
    await expect(retrying(failing, 3, async () => undefined)('https://as.example/', { signal: controller.signal })).rejects.toThrow(
      'given up',
    )
    expect(sent).toBe(1)
  })
})
