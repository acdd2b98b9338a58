import type { ClientMetadata } from '@oidc/core'
import { expectTypeOf, it } from 'vitest'
import type { memberKinds } from './member-kinds.js'

type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text
type Split<Kinds extends Readonly<Record<string, string>>> = { [Kind in keyof Kinds]: Words<Kinds[Kind]> }[keyof Kinds]

it('the kinds are of all members of client metadata, and of no others', () => {
  expectTypeOf<Split<typeof memberKinds>>().toEqualTypeOf<keyof ClientMetadata>()
})
