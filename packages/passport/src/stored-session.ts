import type { Request } from 'express'

/** As much of a session as is needed, whatever middleware made it. */
export interface Session {
  readonly id?: string
  readonly cookie?: { readonly sameSite?: unknown; readonly secure?: unknown }
  save?(callback: (error?: unknown) => void): unknown
  regenerate?(callback: (error?: unknown) => void): unknown
  [key: string]: unknown
}

interface SessionStore {
  get?(id: string, callback: (error: unknown, session?: Readonly<Record<string, unknown>> | null) => void): unknown
}

/** What the store of express-session holds now, if it can be asked. */
export function readStored(
  req: Request,
  { id }: Session,
): Promise<{ readonly hasStore: boolean; readonly stored?: Readonly<Record<string, unknown>> | undefined }> {
  const { sessionStore } = req as unknown as { sessionStore?: SessionStore }
  if (id === undefined || typeof sessionStore?.get !== 'function') return Promise.resolve({ hasStore: false })
  return new Promise((resolve, reject) => {
    sessionStore.get?.(id, (error, stored) => {
      if (error && (error as { code?: unknown }).code !== 'ENOENT') reject(error)
      else resolve({ hasStore: true, stored: stored ?? undefined })
    })
  })
}

const turns = new Map<string, Promise<unknown>>()

/** Runs the steps of one session one after the other, within this process. */
export function inTurn<T>({ id }: Session, step: () => Promise<T>): Promise<T> {
  if (id === undefined) return step()
  const turn = (turns.get(id) ?? Promise.resolve()).then(step, step)
  const leave = () => {
    if (turns.get(id) === turn) turns.delete(id)
  }
  turns.set(id, turn)
  turn.then(leave, leave)
  return turn
}
