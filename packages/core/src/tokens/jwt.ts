import { isOidcError } from '../base/errors.js'
import { isString, type JsonObject } from '../base/json.js'
import type { Client } from '../client/client.js'
import { clockTolerance, emit, internalsOf, now } from '../client/internals.js'
import type { ClientOptions } from '../client/options.js'
import type { JwtShape } from '../client/verifier.js'
import { findAlgorithm, isMac, isSameAlgorithm } from '../jose/algorithms.js'
import { type DecodedJwt, decodeJwt, isEncrypted, readHeader } from '../jose/decode.js'
import { verifySignature } from '../jose/verify.js'
import { checkAudience, checkExpiry, checkIssuedAt, checkIssuerClaim, checkNotBefore, fail, type Judged, show } from './claim-rules.js'
import { serverKeys } from './key-set.js'

/** The rules of a JWT beside its signature. */
export interface JwtRules extends JwtShape {
  /** Claims that must be there beside `iss` and `aud`, e.g. `exp`. */
  readonly required?: readonly string[]
  /** Seconds since `iat`. */
  readonly maxAge?: number
  /** Seconds from now to `exp`. */
  readonly maxLifetime?: number
  /** What stands for this client in `aud` as well as its client_id, e.g. the address of a resource server that introspects tokens. */
  readonly audiences?: readonly string[]
}

const foreign = /^(?:application\/)?(?:at|logout|dpop|token-introspection|secevent|oauth-authz-req|client-authentication)\+jwt$/i

/**
 * Verifies a JWT of the client's server: decryption where it is encrypted, header, signature against the server's key set, `iss`, `aud`, and
 * `exp`, `nbf`, `iat` where they are there or required.
 *
 * @throws codes that begin with `rules.code`: `_MALFORMED`, `_ENCRYPTION`, `_CRITICAL`, `_TYPE`, `_ALGORITHM`, `_KEY`, `_SIGNATURE`, `_ISSUER`,
 * `_AUDIENCE`, `_EXPIRED`, `_NOT_BEFORE`, `_ISSUED_AT`, `_CLAIM`
 */
export async function verifyJwt(client: Client, jwt: string, rules: JwtRules): Promise<DecodedJwt> {
  const decoded = await openJwt(client, jwt, rules)
  checkJwtRules(client, decoded, rules)
  return decoded
}

/** Every rule of {@link verifyJwt} that needs no key. */
export function checkJwtRules(client: Client, { header, claims }: DecodedJwt, rules: JwtRules): void {
  const judged: Judged = { client, header, claims, what: rules.what, code: rules.code }
  const required = rules.required ?? []
  for (const name of required)
    if (claims[name] === undefined) throw fail(judged, 'CLAIM', `has no ${name}. Report it to the people who run the server.`)
  checkIssuerClaim(judged)
  checkAudience(judged, rules.audiences)
  if (claims.exp !== undefined) checkExpiry(judged)
  const left = Number(claims.exp) - now(client)
  if (rules.maxLifetime !== undefined && left > rules.maxLifetime + clockTolerance(judged.client))
    throw fail(
      judged,
      'EXPIRED',
      `is good for ${left} seconds, and at most ${rules.maxLifetime} are wanted. Have the server issue shorter ones: whoever finds it could use it all that time.`,
    )
  checkNotBefore(judged)
  if (claims.iat !== undefined) checkIssuedAt(judged, rules.maxAge)
}

/** Decrypts, takes apart, and verifies the signature; no claim is looked at. */
export async function openJwt(client: Client, jwt: unknown, shape: JwtShape): Promise<DecodedJwt> {
  const { limits, options } = internalsOf(client)
  const signed = await decryptJwt(client, jwt, shape)
  let decoded: DecodedJwt
  try {
    decoded = decodeJwt(signed, limits.jwt, limits.depth)
  } catch (error) {
    throw fail(shape, 'MALFORMED', `is no signed JWT: ${(error as Error).message}. Report it to the people who run the server.`)
  }
  const alg = checkHeader(decoded.header, shape, options)
  const { kid } = decoded.header
  if (shape.isUnsigned) {
    emit(client, { type: 'quirk', name: 'skipIdTokenSignature', operation: 'id_token' })
    return decoded
  }
  if (isMac(alg)) {
    if (await options.verifyMac?.(client, String(signed), alg)) return decoded
    throw fail(
      shape,
      'SIGNATURE',
      `has an HMAC (${alg}) that the client secret did not make. Discard it, or compare the secret with the one at the server.`,
    )
  }
  const place = shape.keys ? 'the key set that was given' : client.server.jwks_uri
  const keys = await (shape.keys ?? serverKeys(client, shape.signal)).find({ alg, kid, iss: decoded.claims.iss })
  if (!keys.length)
    throw fail(
      shape,
      'KEY',
      `is signed by a key that ${place} does not have (alg ${alg}, kid ${show(kid)}). Discard it, or have the server publish the key.`,
    )
  for (const key of keys) if (await verifySignature(String(signed), key, alg)) return decoded
  throw fail(
    shape,
    'SIGNATURE',
    `has a signature that no key of ${place} made (alg ${alg}, kid ${show(kid)}). Discard it: somebody changed it, or it is another server's.`,
  )
}

/**
 * Opens an encrypted JWT with the option `decrypt` and gives the signed one in it; a signed one is given back as it is. One layer only.
 *
 * @throws codes that begin with `shape.code`: `_MALFORMED`, `_ENCRYPTION`; `DECRYPTION_FAILED`
 */
export async function decryptJwt(client: Client, jwt: unknown, shape: JwtShape): Promise<unknown> {
  const { limits, options } = internalsOf(client)
  const { alg, enc } = shape.encryption ?? {}
  if (typeof jwt !== 'string' || jwt.length > limits.jwt)
    throw fail(
      shape,
      'MALFORMED',
      `is ${typeof jwt === 'string' ? `longer than ${limits.jwt} characters` : `of type ${typeof jwt}`}, and a JWT is wanted. Report it to the people who run the server.`,
    )
  if (!isEncrypted(jwt)) {
    if (shape.encrypted || alg !== undefined)
      throw fail(
        shape,
        'ENCRYPTION',
        'is not encrypted, and the client has registered that it is. Have the server encrypt it, or change the registration.',
      )
    return jwt
  }
  if (!options.decrypt)
    throw fail(
      shape,
      'ENCRYPTION',
      'is encrypted, and the client has no key to open it. Give the option decrypt: decryptWith({ key, alg }).',
    )
  checkEncryption(jwt, shape)
  try {
    return await options.decrypt(jwt, { client, alg, enc })
  } catch (error) {
    throw isOidcError(error)
      ? error
      : fail(shape, 'ENCRYPTION', 'could not be decrypted: the function of the option decrypt failed. Check the key.')
  }
}

/**
 * The header is anybody's: what the client has registered decides. A key that is derived from the client secret opens nothing that was not
 * registered. {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.1 RFC 8725, section 3.1}
 */
function checkEncryption(jwe: string, shape: JwtShape): void {
  const seen = readHeader(jwe) ?? {}
  for (const name of ['alg', 'enc'] as const) {
    const wanted = shape.encryption?.[name]
    const mayBeAny = name === 'enc' || !/^dir$|^A\d+(?:GCM)?KW$/.test(String(seen.alg))
    if (wanted === undefined ? mayBeAny : seen[name] === wanted) continue
    throw fail(
      shape,
      'ENCRYPTION',
      `is encrypted with ${name} ${show(seen[name])}, and ${wanted === undefined ? 'none is registered' : `${show(wanted)} is`}. Discard it, or register the algorithm that the server really uses.`,
    )
  }
}

function checkHeader(header: JsonObject, shape: JwtShape, { verifyMac }: Pick<ClientOptions, 'verifyMac'>): string {
  const { alg, typ } = header
  if (header.crit !== undefined || header.b64 !== undefined)
    throw fail(shape, 'CRITICAL', 'has a critical header (crit or b64), and none is understood. Discard it.')
  const isUntyped = shape.untyped && (typ === undefined || isType(typ, 'jwt'))
  const isForeign =
    shape.typ === undefined ? typ !== undefined && (typeof typ !== 'string' || foreign.test(typ)) : !isUntyped && !isType(typ, shape.typ)
  if (isForeign)
    throw fail(
      shape,
      'TYPE',
      `has the type ${show(typ)}${shape.typ ? `, and ${shape.typ} is wanted` : ', which is that of another kind of token'}. Discard it.`,
    )
  const { registered } = shape
  const accepted = (registered === undefined ? shape.algorithms : [registered]).filter(
    (name) => findAlgorithm(name) ?? (verifyMac && name === registered && isMac(name)),
  )
  if (!isString(alg) || !accepted.some((other) => isSameAlgorithm(other, alg)))
    throw fail(
      shape,
      'ALGORITHM',
      `has the algorithm ${show(alg)}, and ${accepted.join(' or ') || 'a supported one'} is wanted. Discard it, or register the algorithm that the server really uses.`,
    )
  return alg
}

function isType(typ: unknown, wanted: string): boolean {
  return typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === wanted
}
