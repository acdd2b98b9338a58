import { isOidcError, oidcError } from '../base/errors.js'
import { isString } from '../base/json.js'
import { createSender, type SenderOptions } from '../client/create.js'
import { internalsOf } from '../client/internals.js'
import { optionError } from '../client/options.js'
import { chooseKeys, parseKeySet } from '../jose/choose-key.js'
import { parseServerMetadata } from '../metadata/parse-server-metadata.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import { checkExpiry, checkIssuedAt, checkNotBefore } from '../tokens/claim-rules.js'
import { openJwt } from '../tokens/jwt.js'

/** Whose word is taken for the metadata. */
export interface SignedMetadataRules extends Pick<SenderOptions, 'clock' | 'clockTolerance' | 'limits' | 'allowInsecure'> {
  /** The public keys that may sign it. They come with the application: those of the metadata itself would prove nothing. */
  readonly jwks: { readonly keys: readonly object[] }
  /** Who signs it, the `iss` of the JWT: the issuer itself by default. */
  readonly signer?: string | undefined
  /** RS256, PS256, ES256 and Ed25519 with their stronger ones by default. */
  readonly algorithms?: readonly string[] | undefined
}

const usual = /* @__PURE__ */ 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
/** What is about the JWT, and not about the server. */
const reserved = /* @__PURE__ */ 'iss sub aud exp nbf iat jti signed_metadata'.split(' ')

/**
 * Verifies the `signed_metadata` of a server's metadata with keys that are known, and gives the metadata with what is signed in place of what is not.
 * It must be there: whoever can change the document can also leave it out. Without this function, `signed_metadata` is ignored.
 * {@link https://www.rfc-editor.org/rfc/rfc8414#section-2.1 RFC 8414, section 2.1}
 *
 * @example const client = createClient(await verifySignedMetadata((await discover(issuer, options)).server, { jwks }), options)
 * @throws `SIGNED_METADATA_INVALID`, `OPTION_INVALID`, `SERVER_METADATA_INVALID`, `URL_INVALID`, `URL_INSECURE`
 */
export async function verifySignedMetadata(server: ServerMetadata, rules: SignedMetadataRules): Promise<ServerMetadata> {
  const { jwks, signer = server.issuer, algorithms = usual, ...settings } = rules
  const sender = createSender(server, settings)
  const { limits, policy } = internalsOf(sender)
  const keys = parseKeySet(jwks, limits.keys)
  if (!keys?.length) throw optionError('jwks', jwks, 'a key set with at least one public key that can verify')
  const { signed_metadata, ...plain } = server
  if (!isString(signed_metadata)) throw invalid('is missing from the metadata, and it was asked for')
  const shape = { what: 'signed metadata', code: 'SIGNED_METADATA', algorithms, encrypted: false }
  try {
    const { header, claims } = await openJwt(sender, signed_metadata, {
      ...shape,
      keys: { find: async ({ alg, kid }) => chooseKeys(keys, alg, kid) },
    })
    const judged = { client: sender, header, claims, what: shape.what, code: shape.code }
    if (claims.iss !== signer) throw invalid('is not signed by whom it should be: its iss is another')
    if (claims.exp !== undefined) checkExpiry(judged)
    checkNotBefore(judged)
    if (claims.iat !== undefined) checkIssuedAt(judged, undefined)
    if (claims.issuer !== undefined && claims.issuer !== server.issuer) throw invalid('is that of another issuer')
    const signed = Object.fromEntries(Object.entries(claims).filter(([name]) => !reserved.includes(name)))
    return parseServerMetadata({ ...plain, ...signed }, policy)
  } catch (error) {
    if (!isOidcError(error) || !error.code.startsWith('SIGNED_METADATA_') || error.code === 'SIGNED_METADATA_INVALID') throw error
    throw oidcError('SIGNED_METADATA_INVALID', error.message, { operation: 'discovery' })
  }
}

function invalid(problem: string) {
  return oidcError(
    'SIGNED_METADATA_INVALID',
    `The signed_metadata ${problem}. Discard the metadata: somebody may have changed it on its way.`,
    { operation: 'discovery' },
  )
}
