import type { IntrospectionErrorCode } from './error-codes.js'
import { describe, introspectionError } from './introspection-error.js'
import { type ActiveToken, isObject } from './introspection-response.js'

/**
 * What an active token must say to be good here. Of several values one must fit. What is expected and not in the answer does not fit.
 * {@link https://www.rfc-editor.org/rfc/rfc7662#section-4 RFC 7662, section 4}
 */
export interface TokenExpectation {
  /** This resource server, as tokens name it. */
  readonly aud?: string | readonly string[]
  /** Who issued it. */
  readonly iss?: string | readonly string[]
  /** Who may use it. */
  readonly client_id?: string | readonly string[]
  readonly sub?: string
  /** Every one of these, separated by spaces. */
  readonly scope?: string
  /** `Bearer` or `DPoP`, in any case. */
  readonly token_type?: string
  /** Thumbprint of the DPoP key that the request was proven with. */
  readonly jkt?: string
  /** Hash of the certificate that the request came with. */
  readonly x5t?: string
}

type Rule = readonly [
  code: IntrospectionErrorCode,
  what: string,
  isMet: (token: ActiveToken, wanted: readonly string[]) => boolean,
  remedy: string,
]

const other = 'Refuse the request with status 401: the token is not for this place'
const bound = 'Refuse the request with status 401: the token may be stolen'
const words = (text: string | undefined) => text?.split(' ').filter(Boolean) ?? []

/** The one row of each member: nothing that is personal or secret is shown. */
const rules: Readonly<Record<keyof TokenExpectation, Rule>> = {
  aud: ['INTROSPECTION_TOKEN_AUDIENCE', 'audience', ({ aud }, wanted) => [aud].flat().some((item) => isOneOf(item, wanted)), other],
  iss: ['INTROSPECTION_TOKEN_ISSUER', 'issuer', ({ iss }, wanted) => isOneOf(iss, wanted), other],
  client_id: ['INTROSPECTION_TOKEN_CLIENT', 'client', ({ client_id }, wanted) => isOneOf(client_id, wanted), other],
  sub: ['INTROSPECTION_TOKEN_SUBJECT', 'subject', ({ sub }, wanted) => isOneOf(sub, wanted), other],
  scope: [
    'INTROSPECTION_TOKEN_SCOPE',
    'scope',
    ({ scope }, [wanted]) => words(wanted).every((word) => words(scope).includes(word)),
    'Refuse the request with status 403 and insufficient_scope',
  ],
  token_type: [
    'INTROSPECTION_TOKEN_TYPE',
    'type',
    ({ token_type }, [wanted]) => token_type !== undefined && token_type.toLowerCase() === wanted?.toLowerCase(),
    'Refuse the request with status 401: a bound token that is presented as an unbound one may be stolen',
  ],
  jkt: ['INTROSPECTION_TOKEN_BINDING', 'DPoP key', ({ cnf }, wanted) => isOneOf(cnf?.jkt, wanted), bound],
  x5t: ['INTROSPECTION_TOKEN_BINDING', 'certificate', ({ cnf }, wanted) => isOneOf(cnf?.['x5t#S256'], wanted), bound],
}

const several = ['aud', 'iss', 'client_id']

/**
 * Refuses an expectation that could not refuse anything: an environment variable that is not set would switch a check off.
 *
 * @throws `INTROSPECTION_OPTION_INVALID`
 */
export function checkExpectation(expected: unknown): asserts expected is TokenExpectation {
  const invalid = (problem: string) => introspectionError('INTROSPECTION_OPTION_INVALID', `The option expected ${problem}.`)
  if (!isObject(expected)) throw invalid(`is ${describe(expected)}. Give an object such as { aud: 'https://api.example' }`)
  for (const [name, value] of Object.entries(expected)) {
    if (!Object.hasOwn(rules, name))
      throw invalid(`has the unknown member ${JSON.stringify(name.slice(0, 64))}. Give one of ${Object.keys(rules).join(', ')}`)
    const values: readonly unknown[] = Array.isArray(value) && several.includes(name) ? value : [value]
    if (!values.length || !values.every((item) => typeof item === 'string' && item.trim() !== ''))
      throw invalid(`has ${name}, which is ${describe(value)}. Give a string that is not empty, or leave the member out`)
  }
}

/** @throws `INTROSPECTION_TOKEN_AUDIENCE`, `_ISSUER`, `_CLIENT`, `_SUBJECT`, `_SCOPE`, `_TYPE`, `_BINDING` */
export function checkToken(token: ActiveToken, expected: TokenExpectation): void {
  for (const [name, value] of Object.entries(expected) as [keyof TokenExpectation, string | readonly string[]][]) {
    const [code, what, isMet, remedy] = rules[name]
    if (isMet(token, [value].flat())) continue
    const isShown = name !== 'sub' && name !== 'jkt' && name !== 'x5t'
    const seen = isShown ? show(token[name]) : 'missing or another one'
    throw introspectionError(
      code,
      `The token is active, but its ${what} is ${seen}, and ${isShown ? show(value) : 'the expected one'} is wanted. ${remedy}.`,
    )
  }
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 200)
}

function isOneOf(value: string | undefined, wanted: readonly string[]): boolean {
  return value !== undefined && wanted.includes(value)
}
