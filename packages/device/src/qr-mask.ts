import { drawFormat, type Grid } from './qr-grid.js'

/** By which modules are turned around, so that a code has neither large areas nor anything that looks like a finder. */
const masks: readonly ((x: number, y: number) => number)[] = [
  (x, y) => (x + y) % 2,
  (_, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
]

/** Applies the mask that is easiest to scan. */
export function applyBestMask(grid: Grid): void {
  let best = 0
  let least = Infinity
  for (const mask of masks.keys()) {
    applyMask(grid, mask)
    const penalty = measurePenalty(grid)
    if (penalty < least) {
      best = mask
      least = penalty
    }
    applyMask(grid, mask)
  }
  applyMask(grid, best)
}

/** Applied twice, it is gone. */
function applyMask(grid: Grid, mask: number): void {
  const { size, dark, fixed } = grid
  for (let i = 0; i < dark.length; i++) if (!fixed[i] && masks[mask]?.(i % size, Math.floor(i / size)) === 0) dark[i] = (dark[i] ?? 0) ^ 1
  drawFormat(grid, mask)
}

function measurePenalty({ size, dark }: Grid): number {
  const line = Array.from({ length: size }, (_, i) => i)
  const lines = line.flatMap((y) => [line.map((x) => dark[y * size + x]).join(''), line.map((x) => dark[x * size + y]).join('')])
  let penalty = 0
  for (const text of lines) {
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2
    penalty += 40 * [...text.matchAll(/1(?=0111010000)|0(?=0001011101)/g)].length
  }
  for (let i = 0; i < dark.length - size; i++)
    if (i % size !== size - 1 && dark[i] === dark[i + 1] && dark[i] === dark[i + size] && dark[i] === dark[i + size + 1]) penalty += 3
  const share = dark.reduce((sum, module) => sum + module, 0) / dark.length
  return penalty + 10 * Math.floor(Math.abs(share - 0.5) * 20)
}
