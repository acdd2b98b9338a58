/** A square of modules. `fixed` are those that hold no data. */
export interface Grid {
  readonly size: number
  readonly dark: Uint8Array
  readonly fixed: Uint8Array
}

/** Makes the square of a version with all that stands in every code of that size; format information is left open. */
export function createGrid(version: number): Grid {
  const size = 17 + 4 * version
  const grid: Grid = { size, dark: new Uint8Array(size * size), fixed: new Uint8Array(size * size) }
  for (let i = 0; i < size; i++) {
    setFixed(grid, 6, i, i % 2 === 0)
    setFixed(grid, i, 6, i % 2 === 0)
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    drawRings(grid, x, y, 4)
  const places = alignmentPlaces(version, size)
  for (const x of places)
    for (const y of places) {
      const isAtFinder = (x === 6 && (y === 6 || y === size - 7)) || (x === size - 7 && y === 6)
      if (!isAtFinder) drawRings(grid, x, y, 2)
    }
  drawFormat(grid, 0)
  if (version >= 7) drawVersion(grid, version)
  return grid
}

/** Error correction level L and a mask, twice. */
export function drawFormat(grid: Grid, mask: number): void {
  const { size } = grid
  const bits = appendRemainder((1 << 3) | mask, 10, 0x537) ^ 0x5412
  for (let i = 0; i < 15; i++) {
    const isDark = ((bits >> i) & 1) === 1
    const along = i < 6 ? i : i < 8 ? i + 1 : 14 - i
    if (i < 8) setFixed(grid, 8, along, isDark)
    else setFixed(grid, i === 8 ? 7 : along, 8, isDark)
    if (i < 8) setFixed(grid, size - 1 - i, 8, isDark)
    else setFixed(grid, 8, size - 15 + i, isDark)
  }
  setFixed(grid, 8, size - 8, true)
}

function drawVersion(grid: Grid, version: number): void {
  const bits = appendRemainder(version, 12, 0x1f25)
  for (let i = 0; i < 18; i++) {
    const isDark = ((bits >> i) & 1) === 1
    const far = grid.size - 11 + (i % 3)
    const near = Math.floor(i / 3)
    setFixed(grid, far, near, isDark)
    setFixed(grid, near, far, isDark)
  }
}

/** The bits, and behind them the remainder of their division, as a BCH code has it. */
function appendRemainder(bits: number, degree: number, polynomial: number): number {
  let remainder = bits
  for (let i = 0; i < degree; i++) remainder = (remainder << 1) ^ ((remainder >> (degree - 1)) * polynomial)
  return (bits << degree) | remainder
}

/** Squares in one another: a finder with its margin (4), or an alignment pattern (2). */
function drawRings(grid: Grid, centerX: number, centerY: number, radius: number): void {
  for (let y = -radius; y <= radius; y++)
    for (let x = -radius; x <= radius; x++) {
      const ring = Math.max(Math.abs(x), Math.abs(y))
      setFixed(grid, centerX + x, centerY + y, radius === 4 ? ring !== 2 && ring !== 4 : ring !== 1)
    }
}

function alignmentPlaces(version: number, size: number): readonly number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = version === 32 ? 26 : Math.floor((version * 4 + count * 2 + 1) / (count * 2 - 2)) * 2
  return [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - i * step)]
}

function setFixed({ size, dark, fixed }: Grid, x: number, y: number, isDark: boolean): void {
  if (x < 0 || y < 0 || x >= size || y >= size) return
  dark[y * size + x] = Number(isDark)
  fixed[y * size + x] = 1
}
