import { demoUser } from './account.ts'
import { check } from './check/check.ts'
import { startDemo } from './demo.ts'

/** `node playground/src/main.ts` runs the demo until it is interrupted; with `--check` it is driven through once, and says what it saw. */
async function main(): Promise<void> {
  const asked = process.argv.slice(2)
  const unknown = asked.find((argument) => argument !== '--check')
  if (unknown !== undefined) throw new Error(`The argument ${unknown} is unknown. There is --check, or none.`)
  const demo = await startDemo(readPort(process.env.PORT))
  if (asked.includes('--check')) {
    const passed = await check(demo).finally(demo.close)
    process.exitCode = passed ? 0 : 1
    return
  }
  console.log(`
Open       ${demo.url}
Sign in as ${demoUser.username}
Password   ${demoUser.password}

OpenID Provider ${demo.issuer}
API             ${demo.apiUrl}
Press Ctrl+C to stop.`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.close())
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return 0
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error('PORT must be a whole number from 0 to 65535.')
  return port
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
