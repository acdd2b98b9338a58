import { afterEach, expect, it, vi } from 'vitest'
import { findDefaultStore } from './default-store.js'
import { createServer } from './session.test-server.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

it('is one for the same client and key, and another for others', () => {
  const { client } = createServer()
  const one = client()
  const store = findDefaultStore(one, 'a')
  expect(findDefaultStore(one, 'a')).toBe(store)
  expect(findDefaultStore(one, 'b')).not.toBe(store)
  expect(findDefaultStore(client(), 'a')).not.toBe(store)
})

it('is not held for ever: what nobody uses any more is let go of, and made anew when it is wanted', () => {
  let references = 0
  let isGone = false
  vi.stubGlobal(
    'WeakRef',
    class {
      readonly target: unknown
      constructor(target: unknown) {
        references++
        this.target = target
      }
      deref() {
        return isGone ? undefined : this.target
      }
    },
  )
  const client = createServer().client()
  const store = findDefaultStore(client, 'a')
  for (let i = 0; i < 1999; i++) findDefaultStore(client, `session-${i}`)
  expect(findDefaultStore(client, 'a')).toBe(store)
  isGone = true
  expect(findDefaultStore(client, 'b')).not.toBe(store)
  isGone = false
  // The collector had taken it, so it must have been forgotten as well.
  expect(findDefaultStore(client, 'a')).not.toBe(store)
  expect(references).toBe(2002)
})

it('where the platform has no WeakRef, each source has one of its own', () => {
  vi.stubGlobal('WeakRef', undefined)
  const client = createServer().client()
  expect(findDefaultStore(client, 'a')).not.toBe(findDefaultStore(client, 'a'))
})
