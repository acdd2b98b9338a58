import { type OidcError, oidcError } from '../base/errors.js'
import { decodeUtf8, isJsonObject, isString, parseJson } from '../base/json.js'
import { mediaType } from '../base/media-type.js'
import { withoutQuery } from '../base/url.js'
import { parseChallenges, parseRetryAfter } from '../base/www-authenticate.js'

const hints: Readonly<Record<string, string>> = {
  invalid_client:
    'Check client_id, the secret or key, and that the method is the one registered; a secret with special characters may need clientSecretBasic(secret, { encoding: "raw" }).',
  invalid_grant:
    'The code or refresh token was used before, has expired or was revoked, or redirect_uri, code_verifier or the client differ from those it was issued to. Start a new login.',
  invalid_request: 'The server misses a parameter or refuses one: compare the parameters with its documentation.',
  unauthorized_client: 'Allow this grant type or authentication method for the client at the server.',
  unsupported_grant_type: 'Enable this grant type at the server.',
  invalid_scope: 'Ask for scopes that the server knows and the client may have.',
  access_denied: 'The user or the server said no. Offer to sign in again.',
  expired_token: 'Nobody answered in time. Start the request again.',
  invalid_target: 'Ask for a resource or audience that the server knows and the client may use.',
  invalid_authorization_details: 'Compare authorization_details with the types that the server knows and the client may ask for.',
  insufficient_scope: 'The access token has too little scope: ask for more at the next login.',
  unsupported_token_type: 'The server does not revoke tokens of this type: end their use here, they expire by themselves.',
  invalid_dpop_proof: 'Check the clock of this machine, and that the key of the proof is the one that the token is bound to.',
  temporarily_unavailable: 'Try again later.',
  server_error: 'Try again later, and report it to the people who run the server if it stays.',
  invalid_token: 'The access token has expired or was revoked. Refresh it or start a new login.',
}

/** The request that an answer came to. */
export interface Failed {
  readonly operation: string
  readonly url: string
  /** The statuses that mean success, in words. */
  readonly wanted: string
  /** Epoch seconds. */
  readonly now: number
}

/**
 * Makes the error that an unsuccessful answer means. `error` is read from the JSON body whatever the status is, else from a challenge, so
 * that a bare challenge does not hide `invalid_client`.
 *
 * @param body What could be read of it; anything else than JSON is not looked at.
 */
export function describeFailure(response: Response, body: Uint8Array, { operation, url, wanted, now }: Failed): OidcError {
  const { status, headers } = response
  const challenges = parseChallenges(headers.get('www-authenticate'))
  const reported = readReport(headers, body) ?? challenges.find(({ parameters }) => parameters.error !== undefined)?.parameters ?? {}
  const error = isString(reported.error) ? reported.error.slice(0, 128) : undefined
  const description = isString(reported.error_description) ? reported.error_description.slice(0, 1024) : undefined
  const type = mediaType(headers.get('content-type')) ?? 'no media type'
  const where = `${withoutQuery(url)} answered the ${operation} request with status ${status}`
  const hint =
    error === undefined ? undefined : Object.hasOwn(hints, error) ? hints[error] : `Look the error up in the documentation of the server.`
  const message =
    error === undefined
      ? `${where} and no OAuth error (${type}); ${wanted} is wanted. Check that this is the right address and that the server is well.`
      : `${where} and the error ${isPrintable(error) ? error : '(not printable)'}. ${hint}`
  return oidcError(error === undefined ? 'HTTP_STATUS' : 'OAUTH_ERROR', message, {
    operation,
    hint,
    error,
    error_description: description,
    retryable: status === 429 || status >= 500,
    http: {
      status,
      url: withoutQuery(url),
      retryAfter: parseRetryAfter(headers.get('retry-after'), now),
      ...(challenges.length && { challenges }),
    },
  })
}

function readReport(headers: Headers, body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (!body.length || !/[/+]json$/.test(mediaType(headers.get('content-type')) ?? '')) return undefined
  try {
    const report = parseJson(decodeUtf8(body))
    return isJsonObject(report) && isString(report.error) ? report : undefined
  } catch {
    return undefined
  }
}

/** {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749, section 5.2}: the only characters of an error. */
function isPrintable(error: string): boolean {
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(error)
}
