import { type Client, emit, isOidcError, oidcError, verifyJwt } from '@oidc/core/plugin'
import { introspectionError } from './introspection-error.js'
import { isObject } from './introspection-response.js'

/** {@link https://www.rfc-editor.org/rfc/rfc9701#section-4 RFC 9701, section 4} */
export const signedMediaType = 'application/token-introspection+jwt'

/** Whether the client has registered that answers are signed; who encrypts, signs as well. */
export function isRegistered({ metadata }: Client): boolean {
  const { introspection_signed_response_alg, introspection_encrypted_response_alg } = metadata
  return introspection_signed_response_alg !== undefined || introspection_encrypted_response_alg !== undefined
}

/**
 * Tells before anything is sent what no answer could mend.
 *
 * @throws `INTROSPECTION_ALGORITHM`, `SERVER_METADATA_MISSING`
 */
export function checkVerifiable({ server, metadata }: Client): void {
  const { introspection_signed_response_alg: registered } = metadata
  if (registered === 'none')
    throw introspectionError(
      'INTROSPECTION_ALGORITHM',
      'The client metadata says introspection_signed_response_alg: "none", which proves nothing about the server. Register an asymmetric one, such as PS256 or ES256.',
    )
  if (server.jwks_uri === undefined && !registered?.startsWith('HS'))
    throw oidcError(
      'SERVER_METADATA_MISSING',
      `Signed introspection answers are asked for, and the metadata of ${server.issuer} has no jwks_uri to verify them with. Add it to the metadata, or take introspection({ signed: true }) away.`,
    )
}

/**
 * Opens an answer that is a JWT and gives what it says of the token. What stands beside `token_introspection` is of the JWT itself and says nothing
 * of the token. {@link https://www.rfc-editor.org/rfc/rfc9701#section-5 RFC 9701, section 5}
 *
 * @param audiences What the server calls this client in `aud`, beside its client_id.
 * @throws `INTROSPECTION_CONTAINER`, `DECRYPTION_FAILED`, and one code for each rule of a JWT that is broken, from `INTROSPECTION_MALFORMED` to `INTROSPECTION_CLAIM`
 */
export async function openSignedAnswer(
  client: Client,
  jwt: string,
  { audiences, signal }: { readonly audiences: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<unknown> {
  const {
    introspection_signed_response_alg,
    introspection_encrypted_response_alg: alg,
    introspection_encrypted_response_enc,
  } = client.metadata
  const { claims } = await verifyJwt(client, jwt, {
    what: 'introspection answer',
    code: 'INTROSPECTION',
    registered: introspection_signed_response_alg,
    algorithms: client.server.introspection_signing_alg_values_supported ?? ['RS256'],
    typ: 'token-introspection+jwt',
    // Where none is registered the default is this one: RFC 9701, section 6.
    encryption: { alg, enc: introspection_encrypted_response_enc ?? (alg === undefined ? undefined : 'A128CBC-HS256') },
    required: ['iat'],
    audiences,
    signal,
  }).catch((error: unknown) => {
    throw nameQuirk(error)
  })
  if (![claims.aud].flat().includes(client.metadata.client_id))
    emit(client, { type: 'quirk', name: 'audience', operation: 'introspection' })
  const { token_introspection } = claims
  if (!isObject(token_introspection))
    throw introspectionError(
      'INTROSPECTION_CONTAINER',
      'The introspection answer has no object token_introspection, and what stands beside that says nothing of the token. Treat the token as not valid, and report it to the people who run the server.',
    )
  return token_introspection
}

/** Some servers name the resource server and not the client that asks for it. */
function nameQuirk(error: unknown): unknown {
  if (!isOidcError(error) || error.code !== 'INTROSPECTION_AUDIENCE') return error
  return introspectionError(
    'INTROSPECTION_AUDIENCE',
    `${error.message} If the server names this resource server there, give introspection({ quirks: { audience } }) with that name.`,
  )
}
