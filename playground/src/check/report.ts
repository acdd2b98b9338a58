import type { Message } from '../record.ts'

export interface Result {
  readonly title: string
  readonly outcome: 'ok' | 'failed' | 'skipped'
  /** What was seen, or why it failed or was skipped. */
  readonly seen: string
  readonly messages: readonly Message[]
}

type Print = (line: string) => void

export function printResult({ title, outcome, seen }: Result, print: Print): void {
  print(`${outcome.padEnd(7)} ${title}\n        ${seen}`)
}

/** The messages of each step, as one table. */
export function printMessages(results: readonly Result[], print: Print): void {
  const head = ['who', 'to whom', 'method', 'path', 'status', 'notes']
  const rows = results.map(({ title, messages }) => ({ title, cells: messages.map(describeMessage) }))
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.flatMap(({ cells }) => cells.map((row) => row[column]?.length ?? 0))),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  print(`\n${line(head)}`)
  for (const { title, cells } of rows) {
    if (cells.length === 0) continue
    print(`-- ${title}`)
    for (const row of cells) print(line(row))
  }
  print('')
}

function describeMessage({ from, to, method, path, status, notes }: Message): string[] {
  return [from, to, method, path, status === undefined ? '-' : String(status), notes.join(', ')]
}

export function summarize(results: readonly Result[]): string {
  const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length
  return `${count('ok')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
}
