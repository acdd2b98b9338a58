// For runtimes that are started as a command: `… command.js SETTINGS` prints the results as the last line.
import { runFlows } from './flows.js'

console.log(JSON.stringify(await runFlows(JSON.parse(process.argv[2]))))
process.exit(0)
