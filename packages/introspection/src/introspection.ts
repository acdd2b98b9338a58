import { type Client, type Exchange, on, type Plugin, revocationOperation } from '@oidc/core/plugin'
import { type AnswerCache, type AnswerCacheOptions, createAnswerCache } from './answer-cache.js'
import { introspectionError } from './introspection-error.js'
import { introspectionOperation } from './introspection-operation.js'
import { isObject } from './introspection-response.js'
import { checkVerifiable, isRegistered, openSignedAnswer, signedMediaType } from './signed-answer.js'

/** Rules that a server is known to break, each tolerated by its name only. */
export interface IntrospectionQuirks {
  /** What signed answers name in `aud` in place of the client_id: this resource server. */
  readonly audience?: string | readonly string[]
}

export interface IntrospectionOptions {
  /**
   * Whether answers must be signed by the server. By default, if the client metadata register it: `introspection_signed_response_alg` or
   * `introspection_encrypted_response_alg`.
   */
  readonly signed?: boolean | undefined
  /** Keeps answers for some seconds. Without it, every token is asked for every time. */
  readonly cache?: AnswerCacheOptions | undefined
  readonly quirks?: IntrospectionQuirks | undefined
}

/** What the factory was told, for `introspectToken`. */
export interface IntrospectionSettings {
  readonly cache: AnswerCache | undefined
  /** @throws `INTROSPECTION_OPTION_INVALID`, `INTROSPECTION_ALGORITHM`, `SERVER_METADATA_MISSING` */
  wantsSigned(client: Client): boolean
}

const settings = /* @__PURE__ */ new WeakMap<Plugin, IntrospectionSettings>()
const names = ['signed', 'cache', 'quirks']

/**
 * Lets a client ask the server about tokens: `introspectToken`. Answers that must be signed are asked for as such, verified, and never taken
 * unsigned. {@link https://www.rfc-editor.org/rfc/rfc7662 RFC 7662}, {@link https://www.rfc-editor.org/rfc/rfc9701 RFC 9701}
 *
 * @throws `INTROSPECTION_OPTION_INVALID`; when the client is made, `SERVER_METADATA_MISSING` without an `introspection_endpoint`
 */
export function introspection(options: IntrospectionOptions = {}): Plugin {
  checkOptions(options)
  const { signed, quirks = {} } = options
  const audiences = [quirks.audience ?? []].flat()
  const cache = options.cache && createAnswerCache(options.cache)
  const verified = new WeakSet<Exchange>()

  const wantsSigned = (client: Client) => {
    if (signed === false && isRegistered(client))
      throw introspectionError(
        'INTROSPECTION_OPTION_INVALID',
        'The client metadata register signed introspection answers, and introspection({ signed: false }) wants plain ones. Take one of the two away.',
      )
    if (!(signed ?? isRegistered(client))) return false
    checkVerifiable(client)
    return true
  }

  const plugin: Plugin = {
    name: 'introspection',
    requires: { server: ['introspection_endpoint'] },
    operations: [
      on(introspectionOperation, {
        accept: {
          async [signedMediaType](body, exchange) {
            const { client, call } = exchange
            const token = await openSignedAnswer(client, new TextDecoder().decode(body).trim(), { audiences, signal: call.signal })
            verified.add(exchange)
            return token
          },
        },
        // Whoever can change the answer can leave the signature out.
        check(_, exchange) {
          if (wantsSigned(exchange.client) && !verified.has(exchange))
            throw introspectionError(
              'INTROSPECTION_UNSIGNED',
              'The introspection answer is plain JSON, and a signed one was asked for. Treat the token as not valid; have the server sign its answers for this client, or take introspection_signed_response_alg and introspection({ signed: true }) away.',
            )
        },
      }),
      ...(cache ? [on(revocationOperation, { check: (_, { client, parameters }) => cache.forget(client, String(parameters.token)) })] : []),
    ],
  }
  settings.set(plugin, { cache, wantsSigned })
  return plugin
}

/** What this copy of the package knows of a plugin. */
export function settingsOf(plugin: Plugin): IntrospectionSettings | undefined {
  return settings.get(plugin)
}

function checkOptions(options: unknown): asserts options is IntrospectionOptions {
  const invalid = (problem: string) => introspectionError('INTROSPECTION_OPTION_INVALID', problem)
  if (!isObject(options)) throw invalid('The options of introspection() are no object. Give e.g. { signed: true }.')
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw invalid(`The option ${JSON.stringify(unknown.slice(0, 64))} of introspection() is unknown. Give one of ${names.join(', ')}.`)
  const { signed, cache, quirks } = options
  if (signed !== undefined && typeof signed !== 'boolean')
    throw invalid('The option signed of introspection() is neither true nor false. Give true, or leave it out.')
  if (cache !== undefined && !isObject(cache)) throw invalid('The option cache of introspection() is no object. Give e.g. { maxAge: 30 }.')
  if (quirks === undefined) return
  const { audience, ...others } = isObject(quirks) ? quirks : { '': quirks }
  const audiences: readonly unknown[] = [audience ?? 'none'].flat()
  if (Object.keys(others).length || !audiences.every((item) => typeof item === 'string' && item))
    throw invalid('The option quirks of introspection() is unusable. Give { audience } with the names that signed answers are for.')
}
