import { type OidcError, oidcError } from '../base/errors.js'
import type { ReadonlyParameters } from '../base/parameters.js'
import { checkUrl, withoutQuery } from '../base/url.js'
import { mergeAdditions } from '../client/additions.js'
import type { Client } from '../client/client.js'
import { emit, type Internals, internalsOf } from '../client/internals.js'
import type { Call, Exchange, Operation } from '../client/operation.js'
import { describe } from '../client/options.js'
import { blame, runSlot } from '../client/slots.js'
import { decodeAnswer } from './accept.js'
import { surround } from './around.js'
import { type Content, type Outcome, sendAttempt } from './attempt.js'
import { pause } from './pause.js'
import { discard } from './send.js'

/** What one use of an operation takes. */
export interface RequestOptions extends Content, Partial<Pick<Call, 'signal' | 'token' | 'authorization' | 'expected'>> {
  readonly parameters?: Readonly<Record<string, string | readonly string[]>> | undefined
  /** Where the operation has no endpoint of its own. */
  readonly url?: string | URL | undefined
  readonly method?: string | undefined
}

const maxAttempts = 3

/**
 * Performs an operation: `around`, endpoint, parameters, up to three attempts, decoding, core's checks, plugins' checks.
 *
 * @throws an OidcError; one that a slot threw carries `plugin` and `slot`.
 */
export async function request<Result>(client: Client, operation: Operation<Result>, options: RequestOptions = {}): Promise<Result> {
  const { signal, token, authorization, expected } = options
  const call: Call = Object.freeze({
    client,
    operation,
    signal,
    token: freezeCopy(token),
    authorization: freezeCopy(authorization),
    expected: freezeCopy(expected),
  })
  let run: () => Promise<unknown> = () => perform(call, options)
  for (const filler of [...(internalsOf(client).slots.around ?? [])].reverse()) run = surround(filler, call, run)
  return run() as Promise<Result>
}

/**
 * Takes an answer that came in another way than as a response, such as a CIBA push: parse, core's checks, plugins' checks.
 *
 * @param body Decoded already.
 */
export async function receive<Result>(
  client: Client,
  operation: Operation<Result>,
  body: unknown,
  options: Pick<RequestOptions, 'signal' | 'expected'> = {},
): Promise<Result> {
  const { signal, expected } = options
  const call: Call = Object.freeze({ client, operation, signal, expected: freezeCopy(expected) })
  return (await parseAnswer(body, makeExchange(call, { attempt: 0, url: '', method: operation.method, parameters: {} }))) as Result
}

async function perform(call: Call, options: RequestOptions): Promise<unknown> {
  const { client, operation } = call
  const internals = internalsOf(client)
  const url = await findUrl(call, options, internals)
  const parameters = await addParameters(call, options.parameters ?? {}, internals)
  const method = options.method ?? operation.method
  for (let attempt = 1; ; attempt++) {
    const exchange = makeExchange(call, { attempt, url, method, parameters })
    const outcome = await sendAttempt(exchange, options)
    const wait = outcome.error && askToRetry(outcome.error, exchange, options, internals)
    if (outcome.error && wait !== undefined) {
      if (outcome.response) discard(outcome.response)
      emit(client, { type: 'retry', operation: operation.name, url: withoutQuery(url), attempt, wait, code: outcome.error.code })
      if (wait > 0) await pause(client, wait, call.signal)
      continue
    }
    return finish(outcome, exchange)
  }
}

async function finish(outcome: Outcome, exchange: Exchange): Promise<unknown> {
  if (outcome.response && exchange.operation.accept === 'response') return parseAnswer(outcome.response, exchange)
  if (outcome.error || !outcome.response) throw outcome.error
  return parseAnswer(await decodeAnswer(outcome.response, outcome.body, exchange), exchange)
}

async function parseAnswer(body: unknown, exchange: Exchange): Promise<unknown> {
  const { client, operation } = exchange
  const result = await operation.parse(body, exchange)
  const { check } = internalsOf(client).slots.operations?.get(operation.name) ?? {}
  if (check) Object.freeze(result)
  for (const filler of check ?? []) await runSlot(filler, 'operations.check', () => filler.run(result, exchange))
  return result
}

function makeExchange(call: Call, sending: Pick<Exchange, 'attempt' | 'url' | 'method' | 'parameters'>): Exchange {
  return Object.freeze({ call, client: call.client, operation: call.operation, token: call.token, ...sending })
}

/** A plugin that could change what a call expects could switch a check off. */
function freezeCopy<T extends object>(value: T | undefined): T | undefined {
  return value && Object.freeze({ ...value })
}

async function findUrl({ client, operation }: Call, { url }: RequestOptions, { slots, policy }: Internals): Promise<string> {
  if (url !== undefined) return checkUrl(url, `address of the ${operation.name} request`, policy).href
  const { endpoint: name } = operation
  if (name === null) throw oidcError('URL_INVALID', `The ${operation.name} request has no address. Give one.`)
  const { endpoint } = slots.exchange
  const other = endpoint && (await runSlot(endpoint, 'exchange.endpoint', () => endpoint.run(name, client.server, client.metadata)))
  if (other !== undefined) return checkUrl(other, `${name} that the plugin ${endpoint?.plugin} gives`, policy).href
  return findEndpoint(client, name)
}

/** The address of an endpoint, checked when the metadata was read. @throws `SERVER_METADATA_MISSING` */
export function findEndpoint({ server }: Client, name: string): string {
  const url = server[name]
  if (typeof url !== 'string')
    throw oidcError(
      'SERVER_METADATA_MISSING',
      `The metadata of ${server.issuer} has no ${name}, so the server does not offer this. Ask its operator, or give the metadata yourself with createClient().`,
    )
  return url
}

async function addParameters(
  call: Call,
  own: NonNullable<RequestOptions['parameters']>,
  { slots }: Internals,
): Promise<ReadonlyParameters> {
  const snapshot: ReadonlyParameters = Object.freeze(Object.assign(Object.create(null), own))
  const fillers = slots.operations?.get(call.operation.name)?.parameters
  if (!fillers) return snapshot
  const added = await Promise.all(
    fillers.map(async (filler) => ({
      plugin: filler.plugin,
      additions: await runSlot(filler, 'operations.parameters', () => filler.run(snapshot, call)),
    })),
  )
  return Object.freeze(mergeAdditions(snapshot, added, 'parameter'))
}

/** The longest wait that a plugin asks for, where core allows another attempt at all. */
function askToRetry(error: OidcError, exchange: Exchange, { body }: RequestOptions, { slots }: Internals): number | undefined {
  const { retry } = slots.exchange
  if (!retry || exchange.attempt >= maxAttempts || body instanceof ReadableStream || !mayResend(error, exchange)) return undefined
  let longest: number | undefined
  for (const { plugin, run } of retry) {
    let wait: number | undefined
    try {
      wait = run(error, exchange)
    } catch (thrown) {
      throw blame(thrown, plugin, 'exchange.retry')
    }
    if (wait === undefined || wait === null) continue
    if (typeof wait !== 'number')
      throw blame(
        oidcError('PLUGIN_INVALID', `The plugin ${plugin} wants to wait for something ${describe(wait)}. It must give seconds, at once.`),
        plugin,
        'exchange.retry',
      )
    if (Number.isFinite(wait)) longest = Math.max(longest ?? 0, wait)
  }
  return longest
}

/** A request that was refused has had no effect. One whose answer was lost may have had it: a code or a rotated refresh token is then spent. */
function mayResend({ code, error, http }: OidcError, { operation, method }: Exchange): boolean {
  if (code === 'ABORTED') return false
  const { status = 0, challenges } = http ?? {}
  const isRefused = status === 429 || (status >= 400 && status < 500 && (error !== undefined || challenges !== undefined))
  return isRefused || operation.replay === 'safe' || (operation.accept === 'response' && /^(?:GET|HEAD|OPTIONS)$/.test(method))
}
