import { describe, expect, it } from 'vitest'
import { startProbe } from '../../test/probe.js'
import { publicClient } from '../index.js'

describe('publicClient', () => {
  it('F-A7: sends the client_id in the body, and nothing else (RFC 6749, 3.2.1)', async () => {
    const { send, issuer } = await startProbe([], { authentication: publicClient() })
    await send({ parameters: { grant_type: 'x' } })
    expect(issuer.requests[0]?.body).toBe('grant_type=x&client_id=client-1')
    expect(issuer.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(issuer.requests[0]?.url).toBe('https://as.example/token')
  })

  it('F-A7: a secret among the options is not sent', async () => {
    const { send, issuer } = await startProbe([], { authentication: publicClient(), client_secret: 'hunter2' })
    await send()
    expect(JSON.stringify(issuer.requests)).not.toContain('hunter2')
  })

  it('is called none in metadata (RFC 7591, 2)', () => {
    expect(publicClient().method).toBe('none')
  })
})
