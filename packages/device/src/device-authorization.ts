import { checkUrl, type Exchange, emit, json, now, type Operation, type UrlPolicy, urlPolicy } from '@oidc/core/plugin'
import { deviceError } from './device-error.js'

/** What the user is to do, and what to poll with. Plain JSON, so that it may be stored; it holds a secret, the `device_code`: never log it. */
export interface DeviceAuthorization {
  readonly device_code: string
  /** 1 to 64 printable ASCII characters, safe for a terminal. */
  readonly user_code: string
  /** ASCII, https (or http on this machine, where the client allows that). */
  readonly verification_uri: string
  /** With the code in it: for a QR code or a link. Always of the same origin. */
  readonly verification_uri_complete?: string
  /** Seconds, at most 30 days. */
  readonly expires_in: number
  /** Epoch seconds, by the client's clock. */
  readonly expires_at: number
  /** Seconds between two polls. */
  readonly interval: number
  /** What was asked for. */
  readonly scope?: string
  /** What was asked for, in seconds. */
  readonly max_age?: number
  /** What was asked for. */
  readonly acr_values?: string
  /** What was sent, for servers that take one. */
  readonly nonce?: string
}

/** Thirty days, in seconds. No person is waited for that long: a larger number is a mistake. */
const maxLifetime = 2592000
/** {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628, section 3.2}: where the server names none. Seconds. */
const defaultInterval = 5

/** The device authorization request. {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628, section 3.1} */
export const deviceOperation: Operation<DeviceAuthorization> = {
  name: 'device_authorization',
  endpoint: 'device_authorization_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'safe',
  accept: { 'application/json': json },
  parse: parseDeviceAuthorization,
}

function parseDeviceAuthorization(body: unknown, { client, parameters }: Exchange): DeviceAuthorization {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('is not a JSON object')
  // Google spells it verification_url, as the drafts did.
  const {
    device_code,
    user_code,
    verification_uri = 'verification_url' in body ? body.verification_url : undefined,
  } = body as Record<string, unknown>
  const { verification_uri_complete, expires_in, interval } = body as Record<string, unknown>
  if (typeof device_code !== 'string' || !/^[\x20-\x7e]+$/.test(device_code))
    throw invalid('has no device_code of printable ASCII characters')
  // It goes to a terminal or a page as it is: no escape sequence, no character that turns the text around, nothing that scrolls the rest away.
  if (typeof user_code !== 'string' || !/^[!-~](?:[ -~]{0,62}[!-~])?$/.test(user_code))
    throw invalid('has no user_code of 1 to 64 printable ASCII characters')
  const policy = urlPolicy(client)
  const uri = checkVerificationUri(verification_uri, policy)
  const complete = findComplete(verification_uri_complete, uri, policy)
  if (verification_uri_complete !== undefined && verification_uri_complete !== null && complete === undefined)
    emit(client, { type: 'device:verification_uri_complete_dropped', verification_uri: uri.origin })
  const lifetime = parseLifetime(expires_in)
  const { scope, max_age, acr_values, nonce } = parameters
  return {
    device_code,
    user_code,
    verification_uri: verification_uri as string,
    ...(complete !== undefined && { verification_uri_complete: complete }),
    expires_in: lifetime,
    expires_at: now(client) + lifetime,
    interval: typeof interval === 'number' && interval > 0 ? Math.max(1, interval) : defaultInterval,
    ...(scope !== undefined && { scope: [scope].flat().join(' ') }),
    ...(max_age !== undefined && { max_age: Number(max_age) }),
    ...(acr_values !== undefined && { acr_values: [acr_values].flat().join(' ') }),
    ...(nonce !== undefined && { nonce: String(nonce) }),
  }
}

/** Users are sent there, and type a code that gives away their account: an address that is not what it seems is refused. @throws `URL_…` */
function checkVerificationUri(value: unknown, policy: UrlPolicy): URL {
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,2048}$/.test(value))
    throw invalid('has no verification_uri of 1 to 2048 printable ASCII characters')
  // Pages that run in the browser alone may have a fragment.
  return checkUrl(value.replace(/#[^#]*$/, ''), 'verification_uri of the device authorization answer', policy)
}

/** It is a convenience: one that leads elsewhere than the address that the user can read is dropped, and the user types the code. */
function findComplete(value: unknown, uri: URL, policy: UrlPolicy): string | undefined {
  if (value === undefined || value === null) return undefined
  try {
    return checkVerificationUri(value, policy).origin === uri.origin ? (value as string) : undefined
  } catch {
    return undefined
  }
}

/** Digits in a string are taken as well, for some servers send them. */
function parseLifetime(expires_in: unknown): number {
  const seconds = typeof expires_in === 'string' && /^\d+$/.test(expires_in) ? Number(expires_in) : expires_in
  if (typeof seconds !== 'number' || !(seconds > 0)) throw invalid('has no expires_in that is a positive number of seconds')
  return Math.min(seconds, maxLifetime)
}

function invalid(problem: string) {
  return deviceError(
    'DEVICE_RESPONSE_INVALID',
    `The answer to the device authorization request ${problem}. Report it to the people who run the server; nothing was begun.`,
    { operation: 'device_authorization' },
  )
}
