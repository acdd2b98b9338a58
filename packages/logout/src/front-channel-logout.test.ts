import { describe, expect, it } from 'vitest'
import { validateFrontChannelLogout } from './front-channel-logout.js'
import { createTestClient, issuer, refusalOf } from './logout.test-server.js'

const url = (query: string) => new URL(`https://app.example/front?${query}`)
const required = createTestClient({ frontchannel_logout_session_required: true }).client
const optional = createTestClient().client
const both = `iss=${encodeURIComponent(issuer)}&sid=s1`

describe('front-channel logout (Front-Channel Logout 1.0, section 2)', () => {
  it('F-S2: gives issuer and session, whatever stands beside them', async () => {
    for (const client of [required, optional])
      for (const input of [url(`${both}&x=1`), new Request(url(both)), new URLSearchParams(both)])
        expect(await validateFrontChannelLogout(client, input)).toEqual({ iss: issuer, sid: 's1' })
    expect(await validateFrontChannelLogout(required, url(both), { sid: 's1' })).toEqual({ iss: issuer, sid: 's1' })
  })

  it.each(['', 'iss=', 'sid=', 'x=1', 'ISS=a&SID=b'])(
    'S-N23: without iss and sid (%j) it is refused where they are required',
    async (query) => {
      expect((await refusalOf(validateFrontChannelLogout(required, url(query)))).code).toBe('FRONT_CHANNEL_LOGOUT_MISSING')
      expect(await validateFrontChannelLogout(optional, url(query))).toEqual({})
    },
  )

  it.each(['sid=s1', `iss=${issuer}`, `iss=${issuer}&sid=`])('S-N21: one without the other (%j) is refused always', async (query) => {
    for (const client of [required, optional])
      expect((await refusalOf(validateFrontChannelLogout(client, url(query)))).code).toBe('FRONT_CHANNEL_LOGOUT_MISSING')
  })

  it.each([`${issuer}/`, 'https://AS.example', 'https://evil.example', 'https://as.example%2f'])(
    'S-N21: the issuer %s is another one, and is not echoed',
    async (iss) => {
      const refusal = await refusalOf(validateFrontChannelLogout(optional, new URLSearchParams({ iss, sid: 's1' })))
      expect(refusal.code).toBe('FRONT_CHANNEL_LOGOUT_ISSUER')
      expect(refusal.message).not.toContain('evil')
    },
  )

  it('S-N21: another session than the one of this browser is refused', async () => {
    expect((await refusalOf(validateFrontChannelLogout(required, url(both), { sid: 's2' }))).code).toBe('FRONT_CHANNEL_LOGOUT_SESSION')
  })

  it.each([`${both}&sid=s2`, `${both}&iss=x`, `iss=${issuer}&sid=${'x'.repeat(2049)}`])(
    'S-N21: what stands twice or is long is refused',
    async (query) => {
      expect((await refusalOf(validateFrontChannelLogout(required, url(query)))).code).toBe('FRONT_CHANNEL_LOGOUT_INVALID')
    },
  )

  it('a POST, a string and an unknown option are refused', async () => {
    const posted = new Request(url(both), { method: 'POST' })
    expect((await refusalOf(validateFrontChannelLogout(required, posted))).code).toBe('FRONT_CHANNEL_LOGOUT_INVALID')
    expect((await refusalOf(validateFrontChannelLogout(required, both as never))).code).toBe('FRONT_CHANNEL_LOGOUT_INVALID')
    expect((await refusalOf(validateFrontChannelLogout(required, url(both), { session: 's' } as never))).code).toBe('LOGOUT_OPTION_INVALID')
    expect((await refusalOf(validateFrontChannelLogout({} as never, url(both)))).code).toBe('CLIENT_INVALID')
  })
})
