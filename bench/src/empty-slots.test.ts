import { expect, test } from 'vitest'
import { withBothVariants } from './empty-slots.ts'

test('every look-up that the comparison deletes is in the source, and without them a refresh gives the same', async () => {
  const [withSlots, without] = await withBothVariants(async (variants) => [await variants.withSlots(), await variants.without()])
  expect(withSlots).toMatchObject({ access_token: 'at', token_type: 'Bearer', expires_in: 300, refresh_token: 'rt' })
  expect(Object.keys(without as object)).toEqual(Object.keys(withSlots as object))
})
