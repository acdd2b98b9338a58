// The same hostile and odd inputs go to openid-client and oauth4webapi and to us: whoever judges otherwise must have a reason.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { cases, type Part, parts } from './cases.ts'
import { isTyped, judge, logins, loginWithOurs, type Outcome, type Peer, peers } from './clients.ts'
import { differences } from './differences.ts'
import { renderPage } from './page.ts'
import { makeKeys, type ServerKeys, time } from './world.ts'

let keys: ServerKeys

beforeAll(async () => {
  // The peers take no clock.
  vi.useFakeTimers({ toFake: ['Date'], now: time * 1000 })
  keys = await makeKeys()
})

afterAll(() => void vi.useRealTimers())

/** Of one peer: whether it and we judge differently, and who refuses. */
function compare(ours: Outcome, theirs: Outcome): 'we' | 'they' | 'read' | undefined {
  if (ours.verdict !== theirs.verdict) return ours.verdict === 'refuses' ? 'we' : 'they'
  try {
    expect(theirs.learned).toEqual(ours.learned)
    return undefined
  } catch {
    return 'read'
  }
}

function explained(part: Part, title: string): Partial<Record<Peer, string>> {
  const found = differences[part].filter(({ titles }) => titles.includes(title))
  return Object.fromEntries(found.flatMap(({ stricter, peers: own = peers }) => own.map((peer) => [peer, stricter])))
}

describe.each(parts)('%s', (part) => {
  it.each(cases[part])('$title: who accepts and who refuses is the same for all, or has its reason', async (one) => {
    const ours = await judge(loginWithOurs, keys, one)
    if (ours.error !== undefined) expect(isTyped(ours.error), String(ours.error)).toBe(true)
    const seen: Partial<Record<Peer, string>> = {}
    for (const peer of peers) {
      const difference = compare(ours, await judge(logins[peer], keys, one))
      if (difference !== undefined) seen[peer] = difference
    }
    expect(seen).toEqual(explained(part, one.title))
  })

  it('every difference that is explained is of an input that exists, and once', () => {
    const titles = cases[part].map(({ title }) => title)
    const named = differences[part].flatMap((difference) => difference.titles)
    expect(named.filter((title) => !titles.includes(title))).toEqual([])
    expect(new Set(named).size).toBe(named.length)
    expect(new Set(titles).size).toBe(titles.length)
  })
})

it('an honest login is accepted by all of them', async () => {
  for (const login of [loginWithOurs, ...Object.values(logins)])
    expect(await judge(login, keys, { title: 'honest' })).toMatchObject({ verdict: 'accepts' })
})

it('at least 150 inputs are compared, and what only they refuse is less than a tenth of what only we refuse', () => {
  const count = (stricter: string) =>
    parts.flatMap((part) => differences[part]).reduce((sum, each) => sum + (each.stricter === stricter ? each.titles.length : 0), 0)
  expect(parts.reduce((sum, part) => sum + cases[part].length, 0)).toBeGreaterThan(150)
  expect(count('they') * 10).toBeLessThan(count('we'))
})

it('docs/DIFFERENTIAL.md is what the tables say (npm run tool -- vitest run --project e2e e2e/differential -u)', async () => {
  await expect(renderPage()).toMatchFileSnapshot('../../docs/DIFFERENTIAL.md')
})
