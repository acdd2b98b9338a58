import { oidcError } from '../base/errors.js'
import type { SchemaIssue, SchemaResult, StandardSchema } from '../base/standard-schema.js'
import { describe } from '../client/options.js'

/** How many of the failing paths are told. */
const most = 10

/**
 * Gives claims the type of a schema (Zod, Valibot, ArkType, any of {@link https://standardschema.dev Standard Schema}), once they are verified.
 *
 * @param claims Of `idTokenClaims` or `fetchUserInfo`.
 * @throws `CLAIMS_INVALID`, which names the claims that do not fit and shows none of their values: they are personal
 */
export async function parseClaims<Output>(schema: StandardSchema<Output>, claims: object): Promise<Output> {
  const standard = schema?.['~standard']
  if (typeof standard?.validate !== 'function')
    throw oidcError('OPTION_INVALID', `The schema is ${describe(schema)}. Give one of a library that follows Standard Schema, version 1.`)
  let result: SchemaResult<Output>
  try {
    // A copy: a schema that changes what it is given would change what was verified.
    result = await standard.validate(structuredClone(claims))
  } catch {
    // What it threw may quote a value.
    throw refuse('could not be checked: the schema threw an error. Correct the schema.')
  }
  if (!result.issues) return result.value
  const paths = result.issues.slice(0, most).map(showPath)
  throw refuse(
    `do not fit the schema: ${[...new Set(paths)].join(', ')}. Ask the server for these claims (by scope or claims), or have the schema allow what it sends.`,
  )
}

/** A name that the user chose, such as an address as the key of a map, is none of ours to show. */
function showPath({ path = [] }: SchemaIssue): string {
  const names = path.slice(0, 8).map((part) => String(typeof part === 'object' ? part.key : part))
  return names.map((name) => (/^[\w:/.#-]{1,64}$/.test(name) ? name : '(hidden)')).join('.') || '(the claims as a whole)'
}

function refuse(problem: string) {
  return oidcError('CLAIMS_INVALID', `The claims ${problem}`)
}
