import { describe, expect, it } from 'vitest'
import { fixedClock } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import { createClient, publicClient } from '../index.js'
import { pause } from './pause.js'

const start = (clock = fixedClock()) => ({
  clock,
  client: createClient({ issuer: 'https://as.example' }, { client_id: 'c', authentication: publicClient(), clock }),
})

describe('pause', () => {
  it('F-U8: waits by the clock of the client', async () => {
    const { client, clock } = start()
    await pause(client, 2.5, undefined)
    await pause(client, 7, new AbortController().signal)
    expect(clock.slept).toEqual([2.5, 7])
  })

  it("S-D48: the caller's signal ends it, and its reason is the cause", async () => {
    const reason = new Error('the user went away')
    const { client } = start()
    const error = await expectRefusal(pause(client, 5, AbortSignal.abort(reason)), 'ABORTED')
    expect(error.cause).toBe(reason)
    expect(error.retryable).toBe(false)
  })

  it('a clock that fails is no abort', async () => {
    const broken = new RangeError('no timer')
    const { client } = start({ ...fixedClock(), sleep: () => Promise.reject(broken) })
    await expect(pause(client, 5, new AbortController().signal)).rejects.toBe(broken)
    await expect(pause(client, 5, undefined)).rejects.toBe(broken)
  })
})
