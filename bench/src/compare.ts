const warmUp = 2000
const rounds = 60
const callsInRound = 400

export interface Comparison {
  /** The median over all rounds of the first one's time divided by the second one's. */
  readonly ratio: number
  /** The quartiles. */
  readonly low: number
  readonly high: number
}

/** Times two functions in turns, so that a machine that changes its speed changes it for both. Who goes first changes every round. */
export async function compareRounds(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<Comparison> {
  for (let i = 0; i < warmUp; i++) {
    await first()
    await second()
  }
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const isEven = round % 2 === 0
    const a = await time(isEven ? first : second)
    const b = await time(isEven ? second : first)
    ratios.push(isEven ? a / b : b / a)
  }
  ratios.sort((a, b) => a - b)
  const at = (part: number) => ratios[Math.floor(part * (ratios.length - 1))] ?? Number.NaN
  return { ratio: at(0.5), low: at(0.25), high: at(0.75) }
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < callsInRound; i++) await run()
  return performance.now() - start
}
