import { oidcError } from '../base/errors.js'
import type { Json, JsonObject } from '../base/json.js'
import { randomToken } from '../base/random.js'
import type { Client } from '../client/client.js'
import { internalsOf, now } from '../client/internals.js'
import { optionError } from '../client/options.js'
import type { ClientAuthentication } from '../client/plugin.js'

const lifetime = 60

/** How a client assertion is made. */
export interface AssertionOptions {
  /** `issuer` by default. An attacker's server that names another's token endpoint as its own gets an assertion that is good there, unless the issuer is the audience. */
  readonly audience?: 'issuer' | 'token_endpoint' | (string & {})
  /** Whether the header has `typ: client-authentication+jwt`. True by default; false for servers that refuse it. */
  readonly typ?: boolean
  /** Changes header and claims just before they are signed, for servers that want more or other ones. The `alg` stays that of the key. */
  readonly modifyAssertion?: ((assertion: Assertion) => void) | undefined
}

/** What is about to be signed; made anew for each attempt. */
export interface Assertion {
  readonly header: Record<string, Json>
  readonly claims: Record<string, Json>
}

/**
 * Authentication by an assertion, made anew for each attempt. {@link https://www.rfc-editor.org/rfc/rfc7523#section-3 RFC 7523, section 3}
 *
 * @throws `OPTION_INVALID`; when used with `token_endpoint`, `SERVER_METADATA_MISSING`
 */
export function authenticateByAssertion(
  method: string,
  sign: (claims: JsonObject, header: JsonObject, client: Client) => Promise<string>,
  { audience = 'issuer', typ = true, modifyAssertion }: AssertionOptions,
): ClientAuthentication {
  if (modifyAssertion !== undefined && typeof modifyAssertion !== 'function')
    throw optionError('modifyAssertion', modifyAssertion, 'a function that changes header and claims')
  const header = typ ? { typ: 'client-authentication+jwt' } : {}
  return {
    method,
    async authenticate({ client }) {
      const { server, metadata } = client
      const { client_id } = metadata
      const aud = audience === 'issuer' ? server.issuer : audience === 'token_endpoint' ? server.token_endpoint : audience
      if (aud === undefined)
        throw oidcError(
          'SERVER_METADATA_MISSING',
          `The metadata of ${server.issuer} has no token_endpoint. Give the audience of the client assertion itself.`,
        )
      const iat = now(client)
      const claims: Record<string, Json> = {
        iss: client_id,
        sub: client_id,
        aud,
        jti: randomToken(internalsOf(client).random),
        iat,
        nbf: iat,
        exp: iat + lifetime,
      }
      const assertion = { header: { ...header }, claims }
      modifyAssertion?.(assertion)
      return {
        parameters: {
          client_id,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await sign(assertion.claims, assertion.header, client),
        },
      }
    },
  }
}
