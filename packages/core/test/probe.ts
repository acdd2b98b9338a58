// An operation that no package of ours owns, and a client to perform it with: for tests of what every operation goes through.
import type { ErrorCode } from '../src/base/error-codes.js'
import type { OidcError } from '../src/base/errors.js'
import { json } from '../src/exchange/accept.js'
import { type Client, type ClientEvent, type ClientOptions, createClient, type Plugin } from '../src/index.js'
import { type Operation, type RequestOptions, request } from '../src/plugin.js'
import { type Answer, createIssuer, type Issuer, jsonResponse } from './issuer.js'
import { expectRefusal } from './refusal.js'

/** An operation at the token endpoint that no plugin of ours knows. */
export function probe(changes: Partial<Operation<unknown>> = {}): Operation<unknown> {
  return {
    name: 'probe',
    endpoint: 'token_endpoint',
    method: 'POST',
    credential: 'client',
    body: 'form',
    status: [200],
    replay: 'safe',
    accept: { 'application/json': json },
    parse: (body) => body,
    ...changes,
  }
}

export interface Probing {
  readonly issuer: Issuer
  readonly client: Client
  readonly events: readonly ClientEvent[]
  /** What the token endpoint answers, as `issuer.answer` takes it. `{"ok":true}` by default. */
  answer(...answers: readonly Answer[]): void
  /** Performs a probe, changed as said. */
  send(options?: RequestOptions, changes?: Partial<Operation<unknown>>): Promise<unknown>
  /** Expects it to be refused without any secret in error or event, and gives the error. */
  refuse(code: ErrorCode, options?: RequestOptions, changes?: Partial<Operation<unknown>>): Promise<OidcError>
  /** How many requests have come to the token endpoint. */
  sent(): number
}

/** A client of the issuer in memory, with these plugins. */
export async function startProbe(use: readonly Plugin[] = [], options: Partial<ClientOptions> = {}): Promise<Probing> {
  const issuer = await createIssuer()
  const events: ClientEvent[] = []
  const client = createClient(issuer.metadata, { ...issuer.options({ use, onEvent: (event) => void events.push(event) }), ...options })
  issuer.answer('token', () => jsonResponse({ ok: true }))
  const send: Probing['send'] = (settings, changes) => request(client, probe(changes), settings)
  return {
    issuer,
    client,
    events,
    answer: (...answers) => issuer.answer('token', ...answers),
    send,
    refuse: (code, settings, changes) => expectRefusal(send(settings, changes), code, { events }),
    sent: () => issuer.requestsTo('token').length,
  }
}

/** A plugin that wants every failed request sent again. */
export function persistent(wait = 0, name = 'persistent'): Plugin {
  return { name, exchange: { retry: () => wait } }
}

/** An OAuth error as a token endpoint answers it. */
export function refusal(error: unknown, status = 400, headers: Readonly<Record<string, string>> = {}): Response {
  return jsonResponse({ error }, status, headers)
}

/** A promise that the test itself settles. */
export function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let settle: { resolve(value: T): void; reject(error: unknown): void } | undefined
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, resolve: (value) => settle?.resolve(value), reject: (error) => settle?.reject(error) }
}

export { request }
