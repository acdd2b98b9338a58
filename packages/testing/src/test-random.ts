/** Gives so many bytes, the same ones for the same seed: a test that failed fails again. Never for anything but tests. */
export type TestRandom = (length: number) => Uint8Array<ArrayBuffer>

/** Marsaglia's xorshift with 32 bits of state. */
export function createTestRandom(seed: number = 1): TestRandom {
  // A state of zero would stay zero for ever.
  let state = Math.trunc(seed) | 0 || 1
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let index = 0; index < length; index++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      bytes[index] = state & 0xff
    }
    return bytes
  }
}
