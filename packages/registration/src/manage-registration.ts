import type { ServerMetadata } from '@oidc/core'
import { type Client, type Operation, type PresentedToken, request } from '@oidc/core/plugin'
import { describe, isObject, registrationError } from './registration-error.js'
import { buildUpdate, type RegistrationChanges } from './registration-metadata.js'
import { deleteRegistrationOperation, readRegistrationOperation, updateRegistrationOperation } from './registration-operation.js'
import { checkClientUri, type Judgement, parseRegistration, type Registration, tellReplaced } from './registration-response.js'
import { checkOptions, type ManagementOptions, openSender } from './sender.js'

/**
 * Reads what is registered now. The server may have given a new secret or a new registration access token: what comes back takes the place of what
 * you keep. {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.1 RFC 7592, section 2.1}
 *
 * @param server The one that the client is registered at: its issuer or its metadata.
 * @param registration What `registerClient` gave, or one of these functions.
 * @throws before anything is sent: `REGISTRATION_OPTION_INVALID`, `REGISTRATION_UNMANAGED`, `REGISTRATION_ADDRESS`. Of the answer: `REGISTRATION_INVALID`,
 * `REGISTRATION_SECRET_EXPIRY`, `REGISTRATION_CLIENT`, `REGISTRATION_ADDRESS`, `OAUTH_ERROR`, `HTTP_STATUS`, and the other errors of a request
 */
export async function readRegistration(
  server: string | URL | ServerMetadata,
  registration: Registration,
  options: ManagementOptions = {},
): Promise<Registration> {
  const { sender, url, token, judgement } = await prepare(server, registration, options)
  return request(sender, judged(readRegistrationOperation, registration, judgement), { url, token, signal: options.signal })
}

/**
 * Changes what is registered: keys that are rotated, a name, redirect URIs. What is not among the changes stays as it is, and what is null there is
 * taken away. What comes back takes the place of what you keep, for the server may rotate the secret and the registration access token; make the
 * client anew with it. {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.2 RFC 7592, section 2.2}
 *
 * @throws as `readRegistration`, and `REGISTRATION_METADATA_INVALID`
 */
export async function updateRegistration(
  server: string | URL | ServerMetadata,
  registration: Registration,
  changes: RegistrationChanges,
  options: ManagementOptions = {},
): Promise<Registration> {
  checkManaged(registration)
  checkOptions(options)
  const json = buildUpdate(registration, changes, { allowInsecure: options.allowInsecure })
  const { sender, url, token, judgement } = await prepare(server, registration, options)
  const asked = { ...judgement, asked: { ...registration, ...changes } }
  const updated = await request(sender, judged(updateRegistrationOperation, registration, asked), {
    url,
    token,
    json,
    signal: options.signal,
  })
  tellReplaced(updated, sender, json)
  return updated
}

/**
 * Deletes the client at the server: its secret, tokens and grants are worth nothing afterwards.
 * {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.3 RFC 7592, section 2.3}
 *
 * @throws as `readRegistration`
 */
export async function deleteRegistration(
  server: string | URL | ServerMetadata,
  registration: Registration,
  options: ManagementOptions = {},
): Promise<void> {
  const { sender, url, token } = await prepare(server, registration, options)
  await request(sender, deleteRegistrationOperation, { url, token, signal: options.signal })
}

interface Prepared {
  readonly sender: Client
  readonly url: string
  readonly token: PresentedToken
  readonly judgement: Judgement
}

async function prepare(server: string | URL | ServerMetadata, registration: Registration, options: ManagementOptions): Promise<Prepared> {
  checkOptions(options)
  const { access_token, url } = checkManaged(registration)
  const { quirks = {}, allowInsecure } = options
  const judgement = { quirks, allowInsecure, asked: { ...registration } }
  const sender = await openSender(server, options)
  checkClientUri(url, sender, judgement)
  return { sender, url, token: { access_token, token_type: 'Bearer' }, judgement }
}

function checkManaged(registration: unknown): { readonly access_token: string; readonly url: string } {
  const { client_id, registration_access_token, registration_client_uri } = isObject(registration) ? registration : {}
  if (typeof client_id === 'string' && isToken(registration_access_token) && typeof registration_client_uri === 'string')
    return { access_token: registration_access_token, url: registration_client_uri }
  throw registrationError(
    'REGISTRATION_UNMANAGED',
    isObject(registration)
      ? 'The registration lacks client_id, registration_access_token or registration_client_uri. Give what registerClient() gave; a server that gives no token lets nobody manage its clients this way.'
      : `The registration is ${describe(registration)}. Give what registerClient() gave.`,
  )
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}

/** The operation with the checks of one registration: the same client, and what the answer leaves out. */
function judged(operation: Operation<Registration>, registration: Registration, judgement: Judgement): Operation<Registration> {
  return {
    ...operation,
    parse(body, { client }) {
      const answer = parseRegistration(body, client, judgement)
      if (answer.client_id !== registration.client_id)
        throw registrationError(
          'REGISTRATION_CLIENT',
          'The registration answer is of another client than the one that was asked for. Discard it, and report it to the people who run the server.',
        )
      if (answer.registration_client_uri !== undefined) checkClientUri(answer.registration_client_uri, client, judgement)
      return { ...keepUnsaid(answer, registration), ...answer }
    },
  }
}

/** Some servers say secrets once: what they leave out afterwards is still good. A client without a secret has nothing to keep. */
function keepUnsaid(answer: Registration, registration: Registration): Partial<Registration> {
  const { registration_access_token, registration_client_uri, client_secret, client_secret_expires_at } = registration
  const method = answer.token_endpoint_auth_method ?? 'client_secret_basic'
  const keepsSecret = client_secret !== undefined && answer.client_secret === undefined && method.startsWith('client_secret')
  return {
    ...(registration_access_token !== undefined && { registration_access_token }),
    ...(registration_client_uri !== undefined && { registration_client_uri }),
    ...(keepsSecret && { client_secret, ...(client_secret_expires_at !== undefined && { client_secret_expires_at }) }),
  }
}
