import { oidcError } from '../base/errors.js'
import type { Client } from '../client/client.js'
import type { Expectation, IdTokenClaims } from '../client/id-token.js'
import { internalsOf } from '../client/internals.js'

/**
 * Verifies an ID token that came in another way than by a grant.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OpenID Connect Core 1.0, section 3.1.3.7}
 *
 * @param expected `nonce` must be said: the one that was sent, undefined where none was, null where it cannot be known.
 * @throws `ID_TOKEN_…`, and the errors of a request for the key set
 */
export async function validateIdToken(
  client: Client,
  id_token: string,
  expected: Expectation & Pick<Required<Expectation>, 'nonce'>,
): Promise<IdTokenClaims> {
  const { verifier } = internalsOf(client)
  if (!verifier)
    throw oidcError('ID_TOKEN_UNEXPECTED', 'A client of @oidc/core/oauth cannot verify an ID token. Make the client with @oidc/core.')
  return verifier.idToken(client, id_token, expected)
}
