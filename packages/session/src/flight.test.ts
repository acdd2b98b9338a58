import { expect, it } from 'vitest'
import { findFlight } from './flight.js'

it('what is shared about sessions is bounded, and what is under way or not yet stored is kept', () => {
  const store = {}
  const busy = findFlight(store, 'busy')
  busy.pending = new Promise(() => {})
  const idle = findFlight(store, 'idle')
  expect(findFlight(store, 'idle')).toBe(idle)
  expect(findFlight({}, 'idle')).not.toBe(idle)
  for (let i = 0; i < 10_000; i++) findFlight(store, `session-${i}`)
  expect(findFlight(store, 'busy')).toBe(busy)
  expect(findFlight(store, 'idle')).not.toBe(idle)
})
