import { deviceError } from './device-error.js'
import { createGrid, type Grid } from './qr-grid.js'
import { applyBestMask } from './qr-mask.js'
import { createCorrection } from './reed-solomon.js'

/** A QR code: whether a module is dark, in `size` rows of `size` modules, without the quiet zone. */
export interface QrCode {
  readonly size: number
  isDark(x: number, y: number): boolean
}

// By version, error correction level L: on a screen nothing is scratched off, so the code is as small as can be.
const corrections = [
  7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30,
  30, 30, 30, 30, 30,
]
const blocks = [
  1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25,
]

/**
 * Makes a QR code of a text (ISO/IEC 18004, byte mode, level L, the smallest version that holds it).
 *
 * @throws `DEVICE_QR_TOO_LONG`
 */
export function encodeQr(text: string): QrCode {
  const bytes = new TextEncoder().encode(text)
  for (const [index, correction] of corrections.entries()) {
    const version = index + 1
    const grid = createGrid(version)
    const total = Math.floor(grid.fixed.reduce((free, module) => free + 1 - module, 0) / 8)
    const count = blocks[index] ?? 0
    const capacity = total - count * correction
    if (bytes.length > capacity - (version < 10 ? 2 : 3)) continue
    const data = encodeData(bytes, version, capacity)
    place(grid, interleave(data, count, total, correction))
    applyBestMask(grid)
    return { size: grid.size, isDark: (x, y) => grid.dark[y * grid.size + x] === 1 }
  }
  throw deviceError(
    'DEVICE_QR_TOO_LONG',
    `The text has ${bytes.length} bytes, and a QR code holds 2953. Show verification_uri and user_code as text instead.`,
  )
}

/** Mode, length, the bytes, an end, and filler. */
function encodeData(bytes: Uint8Array, version: number, capacity: number): Uint8Array {
  const data = new Uint8Array(capacity)
  let at = 0
  const push = (value: number, bits: number) => {
    for (let bit = bits - 1; bit >= 0; bit--, at++) data[at >> 3] = (data[at >> 3] ?? 0) | (((value >> bit) & 1) << (7 - (at & 7)))
  }
  push(4, 4)
  push(bytes.length, version < 10 ? 8 : 16)
  for (const byte of bytes) push(byte, 8)
  // With the mode's four bits, four bits of end fill up the last byte.
  for (let i = (at + 4) >> 3, filler = 0xec; i < capacity; i++, filler ^= 0xec ^ 0x11) data[i] = filler
  return data
}

/** Cuts the data into blocks, adds the error correction of each, and shuffles them, so that a stain hurts no block too much. */
function interleave(data: Uint8Array, count: number, total: number, correction: number): Uint8Array {
  const correct = createCorrection(correction)
  const short = Math.floor(total / count) - correction
  const longFrom = count - (total % count)
  const startOf = (block: number) => block * short + Math.max(0, block - longFrom)
  const parts = Array.from({ length: count }, (_, i) => data.subarray(startOf(i), startOf(i + 1)))
  const checks = parts.map(correct)
  const codewords: number[] = []
  for (const group of [parts, checks]) {
    const longest = Math.max(...group.map(({ length }) => length))
    for (let i = 0; i < longest; i++) for (const part of group) if (i < part.length) codewords.push(part[i] ?? 0)
  }
  return Uint8Array.from(codewords)
}

/** Fills what is free in pairs of columns, from the right, up and down by turns. */
function place({ size, dark, fixed }: Grid, codewords: Uint8Array): void {
  let at = 0
  for (let right = size - 1, isUp = true; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++)
      for (const x of [right, right - 1]) {
        const i = (isUp ? size - 1 - step : step) * size + x
        if (fixed[i]) continue
        dark[i] = ((codewords[at >> 3] ?? 0) >> (7 - (at & 7))) & 1
        at++
      }
  }
}
