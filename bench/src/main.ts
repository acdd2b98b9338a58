// `npm run bench`: what our code costs, as ratios measured side by side in one run. An absolute time of one machine means nothing.
import { compareRounds } from './compare.ts'
import { benchEmptySlots } from './empty-slots.ts'
import { measureHelpers } from './helpers.ts'
import { measureParts } from './parts.ts'
import { measureSizes } from './sizes.ts'

for (const line of [...(await measureSizes()), ...(await measureHelpers()), ...(await measureParts())]) console.log(line)
// The same function against itself says how much of a ratio is noise.
const idle = async () => structuredClone({ a: 1 })
const { low, high } = await compareRounds(idle, idle)
console.log(`noise: a function beside itself comes to ${low.toFixed(3)} to ${high.toFixed(3)}`)
for (let i = 0; i < 3; i++) console.log(await benchEmptySlots())
