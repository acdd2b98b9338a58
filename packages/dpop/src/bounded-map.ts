/** A map that lets go of what was used longest ago. */
export interface BoundedMap<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  /** What was used longest ago comes first. */
  entries(): readonly (readonly [string, Value])[]
}

/** @param limit The most entries. */
export function createBoundedMap<Value>(limit: number): BoundedMap<Value> {
  const map = new Map<string, Value>()
  const put = (key: string, value: Value) => {
    map.delete(key)
    map.set(key, value)
  }
  return {
    get(key) {
      const value = map.get(key)
      if (value !== undefined) put(key, value)
      return value
    },
    set(key, value) {
      put(key, value)
      for (const oldest of map.keys()) {
        if (map.size <= limit) break
        map.delete(oldest)
      }
    },
    entries: () => [...map],
  }
}
