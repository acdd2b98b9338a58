import { expectTypeOf, it } from 'vitest'
import type { ServerMetadata } from './server-metadata.js'

/** The members that are named, without the index signature: of those alone something is known. */
type Named = keyof { [Name in keyof ServerMetadata as string extends Name ? never : Name]: true }

it('F-B14: a member of each specification that registers some is named, and has its type', () => {
  expectTypeOf<Named>().toBeString()
  const named = <Name extends Named>(_: Name): void => undefined
  // RFC 8414, OpenID Connect Discovery, RFC 9126, JARM, CIBA, RFC 9449, RP-initiated logout, RFC 8628, RFC 9728, RFC 8705, RFC 9207, RFC 9396.
  named('introspection_endpoint')
  named('claims_parameter_supported')
  named('require_pushed_authorization_requests')
  named('authorization_signing_alg_values_supported')
  named('backchannel_token_delivery_modes_supported')
  named('dpop_signing_alg_values_supported')
  named('end_session_endpoint')
  named('device_authorization_endpoint')
  named('protected_resources')
  named('mtls_endpoint_aliases')
  named('authorization_response_iss_parameter_supported')
  named('authorization_details_types_supported')
  // @ts-expect-error Nobody has registered it.
  named('some_member_of_a_vendor')
  expectTypeOf<ServerMetadata['signed_metadata']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<ServerMetadata['protected_resources']>().toEqualTypeOf<readonly string[] | undefined>()
  expectTypeOf<ServerMetadata['require_pushed_authorization_requests']>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<ServerMetadata['vendor_member']>().toEqualTypeOf<unknown>()
})
