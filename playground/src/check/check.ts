import { findChromium } from '../chromium.ts'
import type { Demo } from '../demo.ts'
import { startBrowser } from './browser.ts'
import { startPlainAgent } from './plain-agent.ts'
import { printMessages, printResult, type Result, summarize } from './report.ts'
import { planSteps, type Step } from './steps.ts'
import type { Seen } from './user-agent.ts'

/** What the check takes from its surroundings; tests give their own. */
export interface Surroundings {
  print(line: string): void
  readonly isCi: boolean
  findBrowser(): ReturnType<typeof findChromium>
}

const usual: Surroundings = {
  print: console.log,
  isCi: !['', '0', 'false'].includes(process.env.CI ?? ''),
  findBrowser: findChromium,
}

/**
 * Drives the demo through once in a browser and prints what was sent and seen. Without a browser a plain user agent does the same, so that
 * the flow is proven all the same, and the browser counts as skipped; in CI, where one must be there, as failed.
 *
 * @returns Whether nothing failed.
 */
export async function check(demo: Demo, { print, isCi, findBrowser }: Surroundings = usual): Promise<boolean> {
  const chromium = await findBrowser()
  const callbacks: string[] = []
  const onSeen = (seen: Seen) => {
    demo.recorder.addFrontChannel(seen)
    if (seen.url.startsWith(`${demo.url}/callback?`)) callbacks.push(seen.url)
  }
  const results: Result[] = []
  if ('missing' in chromium)
    results.push({ title: 'a browser', outcome: isCi ? 'failed' : 'skipped', seen: chromium.missing, messages: [] })
  const agent = 'missing' in chromium ? startPlainAgent(onSeen) : await startBrowser(chromium, onSeen)
  print(`Driven by ${agent.name}\n`)
  for (const result of results) printResult(result, print)
  try {
    for await (const result of runSteps(demo, await planSteps({ demo, agent, callbacks }))) {
      results.push(result)
      printResult(result, print)
    }
  } finally {
    await agent.close()
  }
  printMessages(results, print)
  print(summarize(results))
  return results.every(({ outcome }) => outcome !== 'failed')
}

/** Each step goes on from the one before: after a failed one the rest is skipped. */
async function* runSteps({ recorder }: Demo, steps: readonly Step[]): AsyncGenerator<Result> {
  let isBroken = false
  for (const { title, run } of steps) {
    const before = recorder.messages.length
    const finish = (outcome: Result['outcome'], seen: string): Result => ({
      title,
      outcome,
      seen,
      messages: recorder.messages.slice(before),
    })
    if (isBroken) {
      yield finish('skipped', 'a step before it failed')
      continue
    }
    try {
      yield finish('ok', await run())
    } catch (error) {
      isBroken = true
      yield finish('failed', error instanceof Error ? error.message : String(error))
    }
  }
}
