import type { JsonObject } from '@oidc/core'
import { checkProof } from '../dpop-proof.js'
import { refuse } from '../oauth-error.js'
import type { Received, Registration, State } from '../state.js'
import type { TestClient } from '../test-client.js'

/** An answer of registration, and its status. */
export interface RegistrationAnswer {
  readonly status: number
  readonly body?: JsonObject
}

/** {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591, section 3} */
export async function answerRegistration(
  state: State,
  received: Received,
  initialAccessToken: string | undefined,
): Promise<RegistrationAnswer> {
  const [, sent] = (received.request.headers.get('authorization') ?? '').split(' ')
  if (initialAccessToken !== undefined && sent !== initialAccessToken)
    refuse('invalid_token', 'The initial access token is missing or wrong.', 401, { 'www-authenticate': 'Bearer error="invalid_token"' })
  await checkProof(state, received, sent)
  const client_id = `client-${state.registrations.size + 1}`
  const registration = { client: makeClient(state, client_id, readMetadata(received.body)), token: state.mint('registration_access_token') }
  remember(state, registration)
  return { status: 201, body: describe(state, registration) }
}

/** {@link https://www.rfc-editor.org/rfc/rfc7592#section-2 RFC 7592, section 2} */
export async function answerManagement(state: State, received: Received): Promise<RegistrationAnswer> {
  const { request, url, body } = received
  const registration = state.registrations.get(url.pathname.slice('/register/'.length))
  const [, sent] = (request.headers.get('authorization') ?? '').split(' ')
  if (!registration || sent !== registration.token)
    return refuse('invalid_token', 'The registration access token is missing or wrong.', 401, {
      'www-authenticate': 'Bearer error="invalid_token"',
    })
  const { client_id } = registration.client
  if (request.method === 'DELETE') {
    state.registrations.delete(client_id)
    state.clients.delete(client_id)
    return { status: 204 }
  }
  if (request.method === 'PUT') {
    const metadata = readMetadata(body)
    if (metadata.client_id !== client_id) refuse('invalid_client_metadata', 'client_id is another one.')
    for (const name of ['registration_access_token', 'registration_client_uri', 'client_id_issued_at', 'client_secret_expires_at'])
      if (name in metadata) refuse('invalid_client_metadata', `${name} must not be sent.`)
    registration.client = makeClient(state, client_id, metadata)
    registration.token = state.mint('registration_access_token')
    remember(state, registration)
  }
  return { status: 200, body: describe(state, registration) }
}

function readMetadata(body: string): JsonObject {
  try {
    return JSON.parse(body) as JsonObject
  } catch {
    return refuse('invalid_client_metadata', 'The body is no JSON.')
  }
}

function makeClient(state: State, client_id: string, metadata: JsonObject): TestClient {
  const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic'
  const secret = String(method).startsWith('client_secret') ? { client_secret: state.mint('client_secret') } : {}
  return { ...metadata, ...secret, token_endpoint_auth_method: String(method), client_id }
}

function remember({ registrations, clients }: State, registration: Registration): void {
  registrations.set(registration.client.client_id, registration)
  clients.set(registration.client.client_id, registration.client)
}

function describe({ issuer, clock }: State, { client, token }: Registration): JsonObject {
  return {
    ...(client as TestClient & JsonObject),
    client_id_issued_at: clock.now(),
    ...(client.client_secret !== undefined && { client_secret_expires_at: 0 }),
    registration_access_token: token,
    registration_client_uri: `${issuer}/register/${client.client_id}`,
  }
}
