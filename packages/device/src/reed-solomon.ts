/** The field of 256 elements by the polynomial x⁸ + x⁴ + x³ + x² + 1, whose multiplication is that of QR codes. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

/** The coefficients of (x − 1)(x − 2)(x − 4)…, the first one left out, for it is always 1. */
function createGenerator(degree: number): Uint8Array {
  const generator = new Uint8Array(degree)
  generator[degree - 1] = 1
  let root = 1
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) generator[j] = multiply(generator[j] ?? 0, root) ^ (generator[j + 1] ?? 0)
    root = multiply(root, 2)
  }
  return generator
}

/** Gives a function that computes the error correction codewords of a block. */
export function createCorrection(degree: number): (data: Uint8Array) => Uint8Array {
  const generator = createGenerator(degree)
  return (data) => {
    const remainder = new Uint8Array(degree)
    for (const byte of data) {
      const factor = byte ^ (remainder[0] ?? 0)
      remainder.copyWithin(0, 1)
      remainder[degree - 1] = 0
      for (let i = 0; i < degree; i++) remainder[i] = (remainder[i] ?? 0) ^ multiply(generator[i] ?? 0, factor)
    }
    return remainder
  }
}
