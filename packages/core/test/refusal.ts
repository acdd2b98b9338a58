// How every test of a refusal looks at it: the code, the words, and that no secret is anywhere to be seen.
import { inspect } from 'node:util'
import { expect } from 'vitest'
import type { ErrorCode } from '../src/base/error-codes.js'
import { isOidcError, type OidcError } from '../src/base/errors.js'
import { shown } from './errors.js'

/** What must not leak in any test, besides its own secrets. Put them where secrets and personal claims stand. */
export const canaries = {
  sub: 'canary-sub-5f1c',
  email: 'canary-5f1c@example.com',
  name: 'Canary Person 5f1c',
  secret: 'canary-secret-5f1c',
  code: 'canary-code-5f1c',
  state: 'canary-state-5f1c',
  nonce: 'canary-nonce-5f1c',
  verifier: 'canary-verifier-5f1c',
  token: 'canary-token-5f1c',
} as const

export interface Surroundings {
  /** Words that the message must hold: what was seen, what was wanted. */
  readonly says?: readonly string[]
  /** Further secrets of the test, read once the error is there. */
  readonly secrets?: Iterable<string>
  /** What `onEvent` got. */
  readonly events?: readonly unknown[]
}

/**
 * Expects an OidcError with this code and these words, which shows no secret in its message, in JSON, in the deepest inspection, or in an event.
 *
 * @param attempt A promise, or a function that throws or gives one.
 */
export async function expectRefusal(
  attempt: Promise<unknown> | (() => unknown),
  code: ErrorCode,
  { says = [], secrets = [], events = [] }: Surroundings = {},
): Promise<OidcError> {
  const error = await outcomeOf(attempt)
  if (!isOidcError(error)) throw new Error(`${code} was expected, and this came: ${inspect(error)}`)
  expect(`${error.code}: ${error.message}`).toContain(`${code}: `)
  for (const words of says) expect(error.message).toContain(words)
  expect(error.message, 'it ends with what to do').toMatch(/\.$/)
  expectNoSecret(error, secrets)
  expectNoSecret(events, secrets)
  return error
}

/** Expects that nothing of the secrets, nor of the canaries, shows in a value however it is printed. */
export function expectNoSecret(value: unknown, secrets: Iterable<string> = []): void {
  const text = shown(value)
  for (const secret of [...Object.values(canaries), ...secrets]) expect(text).not.toContain(secret)
}

async function outcomeOf(attempt: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    return await (typeof attempt === 'function' ? attempt() : attempt)
  } catch (error) {
    return error
  }
}
