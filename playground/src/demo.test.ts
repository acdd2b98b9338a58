import { expect, test } from 'vitest'
import { check, type Surroundings } from './check/check.ts'
import { findChromium } from './chromium.ts'
import { startDemo } from './demo.ts'

const found = await findChromium()

async function runCheck(surroundings: Partial<Surroundings>): Promise<{ passed: boolean; lines: string[] }> {
  const demo = await startDemo()
  const lines: string[] = []
  try {
    const usual: Surroundings = { print: (line) => void lines.push(...line.split('\n')), isCi: true, findBrowser: async () => found }
    return { passed: await check(demo, { ...usual, ...surroundings }), lines }
  } finally {
    await demo.close()
  }
}

test.skipIf('missing' in found)('the check drives the demo through in Chromium, and every step passes [needs chromium]', async () => {
  const { passed, lines } = await runCheck({})
  expect(lines.filter((line) => line.startsWith('failed'))).toEqual([])
  expect(lines.at(-1)).toMatch(/^\d\d passed, 0 failed, 0 skipped$/)
  expect(passed).toBe(true)
})

test('without a browser a plain user agent does the same: on a person’s machine the browser is skipped, with the line that installs it', async () => {
  const { passed, lines } = await runCheck({ isCi: false, findBrowser: async () => ({ missing: 'Install Chromium: so and so' }) })
  expect(lines.filter((line) => line.startsWith('failed'))).toEqual([])
  expect(lines.at(-1)).toMatch(/^\d\d passed, 0 failed, 1 skipped$/)
  expect(lines.join('\n')).toMatch(/skipped a browser\n {8}Install Chromium: so and so/)
  expect(passed).toBe(true)
})

test('and in CI it counts as failed', async () => {
  const { passed, lines } = await runCheck({ findBrowser: async () => ({ missing: 'Install Chromium: so and so' }) })
  expect(lines.filter((line) => line.startsWith('failed'))).toEqual(['failed  a browser'])
  expect(lines.at(-1)).toMatch(/^\d\d passed, 1 failed, 0 skipped$/)
  expect(passed).toBe(false)
})

test('no code, state, token or assertion is printed', async () => {
  const { lines } = await runCheck({ isCi: false, findBrowser: async () => ({ missing: '' }) })
  const text = lines.join('\n')
  expect(text).toContain('/token')
  expect(text).not.toMatch(/[?&#](?:code|state|request_uri|id_token_hint)=/)
  // A JWT, or 256 bits in base64url.
  expect(text).not.toMatch(/eyJ|[\w-]{40,}/)
})
