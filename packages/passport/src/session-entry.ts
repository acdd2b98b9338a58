import { createHash } from 'node:crypto'
import type { Transaction } from '@oidc/core'
import { isSame } from '@oidc/core/plugin'
import type { Request } from 'express'
import { type LoginRecord, parseRecord, recordKey } from './login-record.js'
import { passportError } from './passport-error.js'
import { noteSession, type SessionIndex } from './session-index.js'
import { inTurn, readStored, type Session } from './stored-session.js'

/** What the session holds for one strategy. Arrays: a `state` of `__proto__` finds nothing in them. */
export interface Entry {
  /** Oldest first. */
  readonly pending: readonly Transaction[]
  /** Oldest first. */
  readonly used: readonly Use[]
}

/** A transaction that was used, known by a hash of its `state`. */
export interface Use {
  readonly hash: string
  /** Whether this session was signed in by it. */
  readonly signedIn?: boolean
  /** Where the user went then. */
  readonly returnTo?: string | undefined
}

const prefix = '@oidc/passport:'
const mostUsed = 10

/** The session of a request, whatever middleware made it. */
export function sessionOf(req: Request): Session | undefined {
  return (req as unknown as { session?: Session | null }).session ?? undefined
}

/** @throws `SESSION_MISSING` */
export function requireSession(req: Request): Session {
  const session = sessionOf(req)
  if (session) return session
  throw passportError(
    'SESSION_MISSING',
    'The request has no session: no session middleware ran before the strategy, or its store is disconnected. Put app.use(session({ … })) of express-session before the routes, or give the strategy store: cookieTransactions({ secret }).',
  )
}

/** The record of the session of a request. */
export function readRecord(req: Request): LoginRecord | undefined {
  return parseRecord(sessionOf(req)?.[recordKey])
}

export function readEntry(req: Request, strategy: string): Entry {
  return parseEntry(sessionOf(req)?.[prefix + strategy])
}

/** The last use of a transaction in this session. */
export function findUse(req: Request, strategy: string, state: string): Use | undefined {
  const hash = hashState(state)
  return readEntry(req, strategy).used.find((use) => use.hash === hash)
}

/**
 * Changes the entry of a strategy and saves the session. It starts from what the store holds now, and one after the other: the tabs of a
 * browser that restores its windows all begin their logins at once, and each request has loaded a session that knows nothing of the others.
 *
 * @param change Gives the same object where nothing changes.
 * @param settings.revive Whether a session that is no longer in its store is stored again. Another tab may have signed in and so ended it.
 * @returns The entry before the change.
 */
export function updateEntry(
  req: Request,
  strategy: string,
  change: (entry: Entry) => Entry,
  { revive }: { readonly revive: boolean },
): Promise<Entry> {
  const session = requireSession(req)
  return inTurn(session, async () => {
    const { hasStore, stored } = await readStored(req, session)
    if (stored) Object.assign(session, pickEntries(stored))
    const before = readEntry(req, strategy)
    const after = change(before)
    if (after === before || (hasStore && !stored && !revive)) return before
    if (hasStore && !stored) dropLogin(req, session)
    session[prefix + strategy] = after
    await new Promise<void>((resolve, reject) => {
      if (session.save) session.save((error) => (error ? reject(error) : resolve()))
      else resolve()
    })
    return before
  })
}

/** A session with a login that is no longer in its store was ended, perhaps by the provider: only what is pending comes back. */
function dropLogin(req: Request, session: Session): void {
  if (session[recordKey] === undefined) return
  const { _sessionManager: manager } = req as { readonly _sessionManager?: { readonly _key?: unknown } }
  delete session[recordKey]
  delete session[typeof manager?._key === 'string' ? manager._key : 'passport']
}

/** Notes a use without saving: the session middleware does that when the response ends. */
export function noteUse(req: Request, strategy: string, state: string): void {
  const session = sessionOf(req)
  if (session) session[prefix + strategy] = withUse(readEntry(req, strategy), state)
}

/**
 * Lets the entries of all strategies survive the next `regenerate` of the session, which passport does when it signs a user in: logins that are
 * pending in other tabs still finish. They stand in the new session before passport saves it, so one write holds everything or nothing.
 */
export async function surviveSignIn(req: Request, { settings, state, returnTo, record, keeps }: SignIn): Promise<void> {
  const session = sessionOf(req)
  if (typeof session?.regenerate !== 'function') return
  const { name: strategy, index } = settings
  const { hasStore, stored } = await inTurn(session, () => readStored(req, session))
  const kept: Record<string, unknown> = pickEntries(stored ?? session)
  kept[prefix + strategy] = withUse(parseEntry(kept[prefix + strategy]), state, { signedIn: true, returnTo })
  // For keepSessionInfo, which copies the old session over the new one.
  Object.assign(session, kept)
  const { id_token: _, ...small } = record ?? {}
  // A session that lives in a cookie has no room for a token.
  const fresh = { ...kept, ...(record && { [recordKey]: hasStore ? record : small }) }
  if (keeps) Object.assign(session, fresh)
  const { regenerate } = session
  const note = async () => {
    const { id } = Object.assign(requireSession(req), fresh)
    if (index && record && id !== undefined) await noteSession(index, record, id)
  }
  Object.defineProperty(session, 'regenerate', {
    configurable: true,
    writable: true,
    enumerable: false,
    value: (given?: ((error?: unknown) => void) | unknown) =>
      typeof given === 'function'
        ? regenerate.call(session, (error) => (error ? given(error) : note().then(() => given(), given as () => void)))
        : // Fastify names what is to stay, and waits for what it gives.
          Promise.resolve(regenerate.call(session, given as never)).then(note),
  })
}

/** What a session must know before passport replaces it. */
export interface SignIn {
  readonly settings: { readonly name: string; readonly index: SessionIndex | undefined }
  readonly state: string
  readonly returnTo: string | undefined
  readonly record: LoginRecord | undefined
  /** Whether passport copies the old session over the new one. */
  readonly keeps: boolean
}

/** The entry with a transaction no longer pending, but used. */
export function withUse({ pending, used }: Entry, state: string, details: Omit<Use, 'hash'> = {}): Entry {
  const hash = hashState(state)
  return {
    pending: pending.filter((transaction) => !isSame(transaction.state, state)),
    used: [...used.filter((use) => use.hash !== hash), { hash, ...details }].slice(-mostUsed),
  }
}

/** No `state` is kept once it is used. */
function hashState(state: string): string {
  return createHash('sha256').update(state).digest('base64url')
}

function pickEntries(session: Readonly<Record<string, unknown>>): Record<string, unknown> {
  // Of @fastify/secure-session, whose own members are hidden.
  const members: object = typeof session.data === 'function' ? session.data() : session
  return Object.fromEntries(Object.entries(members).filter(([key]) => key.startsWith(prefix)))
}

function parseEntry(value: unknown): Entry {
  const { pending, used } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>
  return { pending: Array.isArray(pending) ? pending : [], used: Array.isArray(used) ? used : [] }
}
