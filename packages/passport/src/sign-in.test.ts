import type { Request } from 'express'
import { describe, expect, it, vi } from 'vitest'
import type { Success } from './answer.js'
import type { Settings } from './options.js'
import { joinLogIn } from './sign-in.js'

const options = { successRedirect: '/home' }
const answer: Success = { type: 'success', user: { sub: 'ada' }, info: undefined, state: 's', returnTo: undefined, record: undefined }

/** A request as Fastify has it: logIn gives a promise, and there is no res. */
function join(returnTo: string | undefined, logIn: () => Promise<void> = async () => undefined) {
  const seen: string[] = []
  const session = {
    data: () => ({ '@oidc/passport:openid': { pending: [], used: [] }, other: 1 }),
    async regenerate(kept: readonly string[]) {
      seen.push(`regenerate ${kept}`)
    },
  }
  const req = {
    session,
    logIn: async () => {
      await logIn()
      await session.regenerate(['session'])
      seen.push('logIn')
    },
  } as unknown as Request
  const settings = { name: 'openid', index: undefined } as Settings
  joinLogIn(req, { ...answer, returnTo }, { settings, options, redirect: (url) => seen.push(url) })
  return { req: req as unknown as { logIn(user: object, options: object): Promise<unknown>; session: object }, seen }
}

describe('the sign-in of @fastify/passport', () => {
  it('waits for what the session is to keep, and goes on as that passport does', async () => {
    const { req, seen } = join(undefined)
    await req.logIn({ sub: 'ada' }, options)
    expect(seen).toEqual(['regenerate session', 'logIn'])
    expect(req.session).toMatchObject({ '@oidc/passport:openid': { used: [{ signedIn: true }] } })
    expect(req.session).not.toHaveProperty('other')
  })

  it('leads to returnTo, and never to successRedirect after it', async () => {
    const { req, seen } = join('/deep')
    const over = vi.fn()
    void req.logIn({ sub: 'ada' }, options).then(over)
    // After all that needs no event.
    await new Promise(setImmediate)
    expect(seen.at(-1)).toBe('/deep')
    expect(over).not.toHaveBeenCalled()
    const own = join('/deep')
    await own.req.logIn({ sub: 'ada' }, { own: true })
    expect(own.seen).not.toContain('/deep')
  })

  it('that fails is told to whoever waits', async () => {
    const { req, seen } = join('/deep', () => Promise.reject(new Error('own')))
    await expect(req.logIn({ sub: 'ada' }, options)).rejects.toThrow('own')
    expect(seen).toEqual([])
  })
})
