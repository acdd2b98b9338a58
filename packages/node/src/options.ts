import { type OidcError, oidcError } from '@oidc/core/plugin'

/** PEM text or its bytes, or several of them. */
export type PEM = string | Uint8Array | readonly (string | Uint8Array)[]

/** Where a connection is about to go. */
export interface Destination {
  /** The address itself, e.g. `192.0.2.7` or `2001:db8::7`. */
  readonly address: string
  /** The name that led there. */
  readonly host: string
  readonly port: number
}

export interface NodeFetchOptions {
  /**
   * The address of an HTTP or HTTPS proxy, with `user:password@` where it wants that, or a function that gives one for a URL, or undefined to go direct.
   * `environment` reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY when the function is made. Without it, no environment variable is looked at.
   */
  readonly proxy?: string | URL | ((url: URL) => string | URL | undefined) | undefined
  /** Certificate authorities to trust instead of those of Node. */
  readonly ca?: PEM | undefined
  /** The client certificate, with its chain, for mutual TLS. {@link https://www.rfc-editor.org/rfc/rfc8705#section-2 RFC 8705, section 2} */
  readonly cert?: PEM | undefined
  /** Its private key. */
  readonly key?: PEM | undefined
  readonly passphrase?: string | undefined
  /** Seconds that an unused connection is kept for the next request: 4, for many servers close theirs after 5. 0 keeps none. */
  readonly keepAlive?: number | undefined
  /** Connections to one server at once: 64. Further requests wait. */
  readonly connections?: number | undefined
  /**
   * Judges every connection by the address that it goes to, after the name was resolved and before anything is sent: a name that leads to another address the second time
   * does not get through. `public` refuses what belongs to this machine, to a private network or to a cloud's metadata. A function throws to refuse.
   * {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.6 RFC 9700, section 2.6}
   */
  readonly egress?: 'public' | ((destination: Destination) => void) | undefined
}

const kinds: Readonly<Record<keyof NodeFetchOptions, readonly [wanted: string, is: (value: unknown) => boolean]>> = {
  proxy: ['the address of a proxy, a function, or environment', (value) => isString(value) || value instanceof URL || isFunction(value)],
  ca: ['PEM text', isPEM],
  cert: ['PEM text', isPEM],
  key: ['PEM text', isPEM],
  passphrase: ['a string', isString],
  keepAlive: ['a number of seconds', (value) => isWithin(value, 0, 3600)],
  connections: ['a number from 1 to 10000', (value) => isWithin(value, 1, 10_000)],
  egress: ['public or a function', (value) => value === 'public' || isFunction(value)],
}

/** A misspelled or misshapen option would silently loosen a check. @throws `NODE_FETCH_OPTION_INVALID` */
export function checkOptions(options: NodeFetchOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof NodeFetchOptions] : undefined
    if (!kind) throw optionError(`The option ${name.slice(0, 64)} is unknown. Give ${Object.keys(kinds).join(', ')}.`)
    if (value !== undefined && !kind[1](value)) throw optionError(`The option ${name} is of the wrong kind. Give ${kind[0]}.`)
  }
  if ((options.cert === undefined) !== (options.key === undefined))
    throw optionError(
      `The option ${options.cert === undefined ? 'key' : 'cert'} stands alone, and cert and key belong together. Give both.`,
    )
  if (options.proxy !== undefined && options.egress !== undefined)
    throw optionError(
      'The options proxy and egress stand together, but the proxy resolves the names. Have the proxy refuse addresses, and take egress away.',
    )
}

export function optionError(message: string): OidcError {
  return oidcError('NODE_FETCH_OPTION_INVALID', message)
}

function isPEM(value: unknown): boolean {
  const isOne = (one: unknown): boolean => (isString(one) && one.includes('-----BEGIN')) || one instanceof Uint8Array
  return Array.isArray(value) ? value.length > 0 && value.every(isOne) : isOne(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}
