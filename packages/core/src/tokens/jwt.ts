import { isOidcError } from '../base/errors.js'
import { isString, type JsonObject } from '../base/json.js'
import type { Client } from '../client/client.js'
import { internalsOf, now } from '../client/internals.js'
import { findAlgorithm, isSameAlgorithm } from '../jose/algorithms.js'
import { type DecodedJwt, decodeJwt, isEncrypted } from '../jose/decode.js'
import { verifySignature } from '../jose/verify.js'
import {
  checkAudience,
  checkExpiry,
  checkIssuedAt,
  checkIssuerClaim,
  checkNotBefore,
  fail,
  type Judged,
  show,
  toleranceOf,
} from './claim-rules.js'
import { serverKeys } from './key-set.js'

/** How a JWT of the server is told from every other one. */
export interface JwtShape {
  /** How errors name it, e.g. `ID token`. */
  readonly what: string
  /** How its error codes begin, e.g. `ID_TOKEN`. */
  readonly code: string
  /** Signature algorithms to accept; none beyond the asymmetric ones, whatever stands here. */
  readonly algorithms: readonly string[]
  /** The `typ` it must have. Without one, a `typ` that belongs to another kind of token is refused. */
  readonly typ?: string | undefined
  /** Whether one without `typ`, or with the `typ` JWT, is taken as well: where the type is only recommended. */
  readonly untyped?: boolean | undefined
  /** Whether it must be encrypted. */
  readonly encrypted?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

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
  const { header, claims } = await openJwt(client, jwt, rules)
  const judged: Judged = { client, header, claims, what: rules.what, code: rules.code }
  const required = rules.required ?? []
  for (const name of required)
    if (claims[name] === undefined) throw fail(judged, 'CLAIM', `has no ${name}. Report it to the people who run the server.`)
  checkIssuerClaim(judged)
  checkAudience(judged, rules.audiences)
  if (claims.exp !== undefined) checkExpiry(judged)
  const left = Number(claims.exp) - now(client)
  if (rules.maxLifetime !== undefined && left > rules.maxLifetime + toleranceOf(judged))
    throw fail(
      judged,
      'EXPIRED',
      `is good for ${left} seconds, and at most ${rules.maxLifetime} are wanted. Have the server issue shorter ones: whoever finds it could use it all that time.`,
    )
  checkNotBefore(judged)
  if (claims.iat !== undefined) checkIssuedAt(judged, rules.maxAge)
  return { header, claims }
}

/** Decrypts, takes apart, and verifies the signature; no claim is looked at. */
export async function openJwt(client: Client, jwt: unknown, shape: JwtShape): Promise<DecodedJwt> {
  const { limits } = internalsOf(client)
  const signed = await decryptJwt(client, jwt, shape)
  let decoded: DecodedJwt
  try {
    decoded = decodeJwt(signed, limits.jwt, limits.depth)
  } catch (error) {
    throw fail(shape, 'MALFORMED', `is no signed JWT: ${(error as Error).message}. Report it to the people who run the server.`)
  }
  const alg = checkHeader(decoded.header, shape)
  const { kid } = decoded.header
  const keys = await serverKeys(client, shape.signal).find({ alg, kid })
  if (!keys.length)
    throw fail(
      shape,
      'KEY',
      `is signed by a key that ${client.server.jwks_uri} does not have (alg ${alg}, kid ${show(kid)}). Discard it, or have the server publish the key.`,
    )
  for (const key of keys) if (await verifySignature(String(signed), key, alg)) return decoded
  throw fail(
    shape,
    'SIGNATURE',
    `has a signature that no key of ${client.server.jwks_uri} made (alg ${alg}, kid ${show(kid)}). Discard it: somebody changed it, or it is another server's.`,
  )
}

/**
 * Opens an encrypted JWT with the option `decrypt` and gives the signed one in it; a signed one is given back as it is. One layer only.
 *
 * @throws codes that begin with `shape.code`: `_MALFORMED`, `_ENCRYPTION`; `DECRYPTION_FAILED`
 */
export async function decryptJwt(client: Client, jwt: unknown, shape: JwtShape): Promise<unknown> {
  const { limits, options } = internalsOf(client)
  if (typeof jwt !== 'string' || jwt.length > limits.jwt)
    throw fail(
      shape,
      'MALFORMED',
      `is ${typeof jwt === 'string' ? `longer than ${limits.jwt} characters` : `of type ${typeof jwt}`}, and a JWT is wanted. Report it to the people who run the server.`,
    )
  if (!isEncrypted(jwt)) {
    if (shape.encrypted)
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
  try {
    return await options.decrypt(jwt)
  } catch (error) {
    throw isOidcError(error)
      ? error
      : fail(shape, 'ENCRYPTION', 'could not be decrypted: the function of the option decrypt failed. Check the key.')
  }
}

function checkHeader(header: JsonObject, shape: JwtShape): string {
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
  const accepted = shape.algorithms.filter(findAlgorithm)
  if (!isString(alg) || !findAlgorithm(alg) || !accepted.some((other) => isSameAlgorithm(other, alg)))
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
