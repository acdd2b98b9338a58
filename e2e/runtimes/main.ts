// `npm run test:runtimes`: the flows of flows.js on every runtime, against oidc-provider over HTTP. Prints a table runtime x flow, then
// every reason, and ends with 1 if there is one.
//
//   npm run test:runtimes                 every runtime
//   npm run test:runtimes -- deno bun     those whose name begins so
import { createTable } from '../../scripts/release/table.ts'
import { runtimes } from './runtimes.ts'
import { startWorld } from './world.ts'

const chosen = process.argv.slice(2)
const table = createTable('runtime')
const world = await startWorld()
try {
  for (const [name, runtime] of Object.entries(runtimes())) {
    if (chosen.length > 0 && !chosen.some((start) => name.toLowerCase().startsWith(start.toLowerCase()))) continue
    console.log(`# ${name}`)
    try {
      for (const [flow, reason] of Object.entries(await runtime(world.settings))) table.set(name, flow, reason ?? undefined)
    } catch (error) {
      table.set(name, 'starts', error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
  }
} finally {
  await world.close()
}
const failures = table.failures()
console.log(`\n${table.print()}\n`)
console.log('-: no server offers CIBA to pages, for it needs a secret; oidc-provider answers them without CORS')
for (const failure of failures) console.log(`failed: ${failure}`)
console.log(failures.length === 0 ? 'all passed' : `${failures.length} failed`)
process.exit(failures.length === 0 ? 0 : 1)
