import type { Fault, Place } from './faults/fault.js'
import { type FaultName, faults } from './faults/faults.js'

/** Which faults are on. */
export interface FaultSwitch {
  /** Turns a fault on for good, or for so many uses; what comes back turns it off. */
  turnOn(name: FaultName, times?: number): () => void
  /** The faults that are on and do something here; each use is counted. */
  take<Part>(part: (fault: Fault) => Part | undefined): readonly Part[]
  /** The faults that have done something so far. */
  taken(): readonly FaultName[]
}

export function createFaultSwitch(): FaultSwitch {
  const on = new Map<FaultName, number>()
  const taken = new Set<FaultName>()
  return {
    turnOn(name, times = Number.POSITIVE_INFINITY) {
      if (!Object.hasOwn(faults, name)) throw new Error(`There is no fault ${JSON.stringify(name)}. Give one of faultNames.`)
      on.set(name, times)
      return () => void on.delete(name)
    },
    take(part) {
      return [...on].flatMap(([name, left]) => {
        const found = part(faults[name])
        if (found === undefined) return []
        taken.add(name)
        if (left <= 1) on.delete(name)
        else on.set(name, left - 1)
        return [found]
      })
    },
    taken: () => [...taken],
  }
}

/** A JSON answer of an endpoint, as the faults that are on leave it. */
export async function answerJson(
  { faults, now }: { readonly faults: FaultSwitch; readonly now: number },
  places: readonly Place[],
  body: object,
  init: ResponseInit = {},
): Promise<Response> {
  // A copy: what a fault changes must not reach what the issuer remembers.
  let changed: unknown = structuredClone(body)
  for (const place of places)
    for (const change of faults.take((fault) => fault.body?.[place])) changed = change(changed as Record<string, unknown>, now) ?? changed
  const headers = { 'cache-control': 'no-store', ...(init.headers as Record<string, string>), 'content-type': 'application/json' }
  let answer = new Response(JSON.stringify(changed), { ...init, headers })
  for (const place of places) answer = await breakAnswer(faults, place, answer)
  return answer
}

/** Any answer of an endpoint, as the faults that are on leave it. */
export async function breakAnswer(faults: FaultSwitch, place: Place, answer: Response): Promise<Response> {
  let broken = answer
  for (const change of faults.take((fault) => fault.response?.[place])) broken = await change(broken)
  return broken
}
