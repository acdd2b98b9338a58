import { type OidcError, oidcError } from '../base/errors.js'
import { isString, type JsonObject } from '../base/json.js'
import type { Client } from '../client/client.js'
import { clockTolerance, internalsOf, now } from '../client/internals.js'
import { isIssuer } from '../client/issuer.js'

/** A JWT whose signature is verified, under its rules. */
export interface Judged {
  readonly client: Client
  readonly claims: JsonObject
  readonly header: JsonObject
  /** How errors name the JWT, e.g. `ID token`. */
  readonly what: string
  /** How its error codes begin, e.g. `ID_TOKEN`. */
  readonly code: string
}

/** An error of one rule: `what` the JWT says, and the remedy. */
export function fail({ code, what }: Pick<Judged, 'code' | 'what'>, rule: string, problem: string): OidcError {
  return oidcError(`${code}_${rule}`, `The ${what} ${problem}`)
}

/** Shows a claim that is neither secret nor personal, in a length that does not flood a log. */
export function show(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? typeof value).slice(0, 200)
}

/** `iss` is the server's issuer, compared as a string. @throws `…_ISSUER` */
export function checkIssuerClaim(judged: Judged): void {
  const { client, claims } = judged
  const { iss, tid } = claims
  const { issuer } = client.server
  if (isIssuer(client, iss, claims)) return
  throw fail(
    judged,
    'ISSUER',
    `has the issuer ${show(iss)}, and ${show(issuer)} is wanted. Correct the configured issuer, or discard the token: it is another server's.${
      isString(iss) && isString(tid) && iss.includes(`/${tid}`) ? ' For a server of many tenants give quirks: { issuerTemplate }.' : ''
    }`,
  )
}

/**
 * `aud` holds the client's id, and no other audience that is not trusted.
 *
 * @param own What stands for the client beside its id.
 * @throws `…_AUDIENCE`
 */
export function checkAudience(judged: Judged, own: readonly string[] = []): void {
  const { aud } = judged.claims
  const { client_id } = judged.client.metadata
  const { trustedAudiences = [] } = internalsOf(judged.client).options
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (!audiences.some((audience) => audience === client_id || own.includes(audience as string)) || !audiences.every(isString))
    throw fail(
      judged,
      'AUDIENCE',
      `has the audience ${show(aud)}, and ${show(client_id)} is wanted. Correct the configured client_id, or discard the token: it is for another client.`,
    )
  const foreign = audiences.find((audience) => ![client_id, ...own, ...trustedAudiences].includes(audience))
  if (foreign !== undefined)
    throw fail(
      judged,
      'AUDIENCE',
      `has the further audience ${show(foreign)}, which is not trusted. Add it to the option trustedAudiences if it is yours.`,
    )
}

/** `exp` is a time and not past. @throws `…_EXPIRED` */
export function checkExpiry(judged: Judged): void {
  const { exp } = judged.claims
  if (!isTime(exp))
    throw fail(
      judged,
      'EXPIRED',
      `has ${show(exp)} as its exp, and a time in epoch seconds is wanted. Report it to the people who run the server.`,
    )
  const late = now(judged.client) - exp - clockTolerance(judged.client)
  if (late >= 0)
    throw fail(
      judged,
      'EXPIRED',
      `expired ${late + clockTolerance(judged.client)} seconds ago, by the clock of this machine. Set the clock right, or start again for a new one.`,
    )
}

/** `nbf`, where it is there, is not in the future. @throws `…_NOT_BEFORE` */
export function checkNotBefore(judged: Judged): void {
  const { nbf } = judged.claims
  if (nbf === undefined) return
  if (!isTime(nbf))
    throw fail(
      judged,
      'NOT_BEFORE',
      `has ${show(nbf)} as its nbf, and a time in epoch seconds is wanted. Report it to the people who run the server.`,
    )
  const early = nbf - now(judged.client)
  if (early > clockTolerance(judged.client))
    throw fail(
      judged,
      'NOT_BEFORE',
      `is valid only in ${early} seconds, by the clock of this machine. Set the clock right, or raise clockTolerance (300 at most).`,
    )
}

/** `iat` is a time, not in the future, and no older than a limit. @throws `…_ISSUED_AT` */
export function checkIssuedAt(judged: Judged, maxAge: number | undefined): void {
  const { iat } = judged.claims
  if (!isTime(iat))
    throw fail(
      judged,
      'ISSUED_AT',
      `has ${show(iat)} as its iat, and a time in epoch seconds is wanted. Report it to the people who run the server.`,
    )
  const age = now(judged.client) - iat
  if (-age > clockTolerance(judged.client))
    throw fail(
      judged,
      'ISSUED_AT',
      `was issued ${-age} seconds in the future, by the clock of this machine. Set the clock right, or raise clockTolerance (300 at most).`,
    )
  if (maxAge !== undefined && age > maxAge + clockTolerance(judged.client))
    throw fail(judged, 'ISSUED_AT', `was issued ${age} seconds ago, and at most ${maxAge} are wanted. Start again for a new one.`)
}

/** Whether a claim is a NumericDate that a date can hold: finite and not negative. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8.64e12
}
