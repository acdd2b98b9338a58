import { expectTypeOf, test } from 'vitest'
import { parseClaims, type StandardSchema } from '../index.js'

test('U-2, U-3: claims have the type that the schema gives', async () => {
  const schema = {} as StandardSchema<{ readonly email: string; readonly roles: readonly string[] }>
  expectTypeOf(await parseClaims(schema, {})).toEqualTypeOf<{ readonly email: string; readonly roles: readonly string[] }>()
})
