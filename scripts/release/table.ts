/** What one check said of one package: nothing where it passed, else why not; `null` where it does not apply. */
export type Cell = string | undefined | null

export interface Table {
  set(row: string, column: string, cell: Cell): void
  /** Runs it: what it throws is the reason. */
  check(row: string, column: string, act: () => Cell | undefined | Promise<Cell | undefined>): Promise<void>
  failures(): readonly string[]
  print(): string
}

export function createTable(title: string): Table {
  const rows = new Map<string, Map<string, Cell>>()
  const columns = new Set<string>()
  const set = (row: string, column: string, cell: Cell) => {
    columns.add(column)
    const cells = rows.get(row) ?? new Map<string, Cell>()
    rows.set(row, cells.set(column, cell))
  }
  const sign = (cell: Cell) => (cell === undefined ? 'ok' : cell === null ? '-' : 'FAILED')
  return {
    set,
    async check(row, column, act) {
      try {
        set(row, column, await act())
      } catch (error) {
        set(row, column, error instanceof Error ? error.message : String(error))
      }
    },
    failures: () =>
      [...rows].flatMap(([row, cells]) =>
        [...cells].flatMap(([column, cell]) => (typeof cell === 'string' ? [`${row}, ${column}: ${cell.trim()}`] : [])),
      ),
    print() {
      const lines = [...rows].map(([row, cells]) => [row, ...[...columns].map((name) => (cells.has(name) ? sign(cells.get(name)) : '-'))])
      const all = [[title, ...columns], ...lines]
      const widths = (all[0] ?? []).map((_, index) => Math.max(...all.map((cells) => cells[index]?.length ?? 0)))
      return all
        .map((cells) =>
          cells
            .map((cell, index) => cell.padEnd(widths[index] ?? 0))
            .join('  ')
            .trimEnd(),
        )
        .join('\n')
    },
  }
}
