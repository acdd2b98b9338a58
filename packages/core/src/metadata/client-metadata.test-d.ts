import { expectTypeOf, it } from 'vitest'
import type { ClientOptions, programNames } from '../client/options.js'
import type { ClientMetadata, clientMetadataNames } from './client-metadata.js'

/** The words of a text, as a union. */
type Words<Text extends string, Seen extends string = never> = Text extends `${infer Word} ${infer Rest}`
  ? Words<Rest, Seen | Word>
  : Seen | Text

it('F-B15: the names that are accepted at run time are the members of the type', () => {
  expectTypeOf<Words<typeof clientMetadataNames>>().toEqualTypeOf<keyof ClientMetadata>()
  expectTypeOf<Words<typeof programNames>>().toEqualTypeOf<Exclude<keyof ClientOptions, keyof ClientMetadata>>()
})

it('the metadata is closed: a misspelled member does not compile', () => {
  // @ts-expect-error The last letter is one too many.
  expectTypeOf<ClientMetadata>({ client_id: 'c', id_token_signed_response_algs: 'ES256' }).toBeObject()
})
