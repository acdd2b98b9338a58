import {
  type Client,
  type ExtraParameters,
  mergeParameters,
  oidcError,
  type RequestSettings,
  request,
  requirePlugin,
} from '@oidc/core/plugin'
import { checkExpectation, checkToken, type TokenExpectation } from './expectation.js'
import { settingsOf } from './introspection.js'
import { describe, introspectionError } from './introspection-error.js'
import { introspectionOperation } from './introspection-operation.js'
import { type Introspection, isObject } from './introspection-response.js'

export interface IntrospectOptions extends RequestSettings {
  /** Further ones, such as `token_type_hint`. */
  readonly parameters?: ExtraParameters | undefined
  /** What an active token must say. Without it, tokens for anybody are good. */
  readonly expected?: TokenExpectation | undefined
}

const names = ['parameters', 'expected', 'signal', 'timeout']

/**
 * Asks the server whether a token is good, and what it is good for. `{ active: false }` is an answer; that the server refuses to answer, or cannot be
 * reached, is an error, and the token is then as little to be taken.
 * {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662, section 2}
 *
 * @param token As it came, without `Bearer` or `DPoP` before it.
 * @throws before anything is sent: `PLUGIN_MISSING`, `INTROSPECTION_OPTION_INVALID`, `INTROSPECTION_ALGORITHM`, `SERVER_METADATA_MISSING`,
 * `PARAMETER_RESERVED`, `PARAMETER_INVALID`. Of the answer: `INTROSPECTION_INVALID`, `INTROSPECTION_UNSIGNED`, `INTROSPECTION_CONTAINER`, one code for each rule
 * of a JWT that is broken, from `INTROSPECTION_MALFORMED` to `INTROSPECTION_CLAIM`, and `DECRYPTION_FAILED`. Of an active token that is not the expected one:
 * `INTROSPECTION_TOKEN_AUDIENCE`, `_ISSUER`, `_CLIENT`, `_SUBJECT`, `_SCOPE`, `_TYPE`, `_BINDING`. And `OAUTH_ERROR`, `HTTP_STATUS`, and the other errors of a request
 */
export async function introspectToken(client: Client, token: string, options: IntrospectOptions = {}): Promise<Introspection> {
  const plugin = requirePlugin(client, 'introspection', { package: '@oidc/introspection', factory: 'introspection()' })
  const settings = settingsOf(plugin)
  if (!settings)
    throw oidcError(
      'PLUGIN_INVALID',
      'The plugin introspection of the client is of another copy of @oidc/introspection. Install one copy, and import factory and function from it.',
    )
  checkArguments(token, options)
  const { parameters, expected, signal, timeout } = options
  const merged = mergeParameters({ token }, parameters)
  const isSigned = settings.wantsSigned(client)
  // A server that signs by default need not do so for whom it is not asked by.
  const headers = isSigned ? undefined : { accept: 'application/json' }
  const ask = (signal?: AbortSignal) => request(client, introspectionOperation, { parameters: merged, headers, signal, timeout })
  const answer = settings.cache
    ? await settings.cache.find(client, { token, parameters: { ...parameters }, timeout, signal }, () => ask())
    : await ask(signal)
  if (answer.active && expected) checkToken(answer, expected)
  return answer
}

function checkArguments(token: unknown, options: unknown): void {
  const invalid = (problem: string) => introspectionError('INTROSPECTION_OPTION_INVALID', problem)
  if (typeof token !== 'string' || token === '')
    throw invalid(`The token to introspect is ${describe(token)}. Give the text of the token alone.`)
  if (!isObject(options)) throw invalid(`The options of introspectToken() are ${describe(options)}. Give e.g. { expected: { aud } }.`)
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw invalid(`The option ${JSON.stringify(unknown.slice(0, 64))} of introspectToken() is unknown. Give one of ${names.join(', ')}.`)
  if (options.expected !== undefined) checkExpectation(options.expected)
}
