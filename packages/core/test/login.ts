// One login against the issuer in memory, stopped before its end: most tests spoil one thing and look at what comes.
import type { JWTPayload } from 'jose'
import type { ErrorCode } from '../src/base/error-codes.js'
import {
  type AuthorizationParameters,
  authorizationCodeGrant,
  type Client,
  type ClientEvent,
  type ClientOptions,
  createAuthorizationRequest,
  createClient,
  type OidcError,
  type Tokens,
  type Transaction,
} from '../src/index.js'
import { claimsOf } from './forge.js'
import { createIssuer, type Issuer, type IssuerSettings, jsonResponse } from './issuer.js'
import { canaries, expectNoSecret, expectRefusal } from './refusal.js'

export const redirect_uri = 'https://app.example/callback'

export interface LoginSettings extends IssuerSettings {
  readonly options?: Partial<ClientOptions>
  readonly parameters?: AuthorizationParameters
  readonly createClient?: typeof createClient
}

/** How the token response of the server is changed. */
export interface Alteration {
  /** Claims of the ID token in place of the honest ones; undefined takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Members of its header beside the honest ones. */
  readonly header?: { readonly kid?: string; readonly typ?: string }
  /** The whole ID token. */
  readonly token?: (claims: Readonly<Record<string, unknown>>, issuer: Issuer) => string | Promise<string>
  /** Members of the token response. */
  readonly members?: Readonly<Record<string, unknown>>
}

export interface Login {
  readonly issuer: Issuer
  readonly client: Client
  readonly events: readonly ClientEvent[]
  readonly url: URL
  readonly transaction: Transaction
  /** Where the browser comes back to. */
  readonly callback: URL
  alter(alteration: Alteration): void
  /** Redeems the code of the callback. */
  finish(response?: Parameters<typeof authorizationCodeGrant>[1]): Promise<Tokens>
  /** Expects an error that shows none of the secrets of this login. */
  refuse(attempt: Promise<unknown> | (() => unknown), code: ErrorCode, ...says: readonly string[]): Promise<OidcError>
  /** Expects that neither this value nor an event shows a secret of this login. */
  keepsSecrets(value: unknown): void
}

export async function startLogin(settings: LoginSettings = {}): Promise<Login> {
  const { options, parameters = { scope: 'openid' }, createClient: make = createClient, ...own } = settings
  const issuer = await createIssuer({ ...own, claims: { sub: canaries.sub, email: canaries.email, name: canaries.name, ...own.claims } })
  const events: ClientEvent[] = []
  const { fetch, secrets } = listen(issuer)
  const client = make(issuer.metadata, { ...issuer.options({ fetch, onEvent: (event) => void events.push(event) }), ...options })
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, ...parameters })
  const callback = issuer.authorize(url)
  const { state, nonce, code_verifier } = transaction
  for (const secret of [state, nonce, code_verifier, callback.searchParams.get('code')]) if (secret) secrets.add(secret)
  return {
    issuer,
    client,
    events,
    url,
    transaction,
    callback,
    alter: (alteration) => alterTokens(issuer, alteration),
    finish: (response = callback) => authorizationCodeGrant(client, response, transaction),
    refuse: (attempt, code, ...says) => expectRefusal(attempt, code, { says, events, secrets }),
    keepsSecrets(value) {
      expectNoSecret(value, secrets)
      expectNoSecret(events, secrets)
    },
  }
}

function alterTokens(issuer: Issuer, { claims = {}, header = {}, token, members = {} }: Alteration): void {
  issuer.answer('token', async (_, own) => {
    const body = (await (await own()).json()) as Record<string, unknown>
    if (typeof body.id_token === 'string') {
      const changed = Object.fromEntries(
        Object.entries({ ...claimsOf(body.id_token), ...claims }).filter(([, value]) => value !== undefined),
      ) as JWTPayload
      body.id_token = token ? await token(changed, issuer) : await issuer.sign(changed, header)
    }
    return jsonResponse({ ...body, ...members })
  })
}

const sentSecrets = ['code', 'code_verifier', 'refresh_token', 'client_secret', 'client_assertion', 'token']
const givenSecrets = ['access_token', 'refresh_token', 'id_token']

/** A fetch that remembers every secret that goes over it. */
function listen({ fetch }: Issuer): { fetch: typeof globalThis.fetch; secrets: Set<string> } {
  const secrets = new Set<string>()
  const remember = (value: unknown) => {
    // Short ones would be found in words that mean something else.
    if (typeof value === 'string') for (const part of value.split(/[.\s]/)) if (part.length > 7) secrets.add(part)
  }
  return {
    secrets,
    async fetch(input, init) {
      const sent = new Request(input, init).clone()
      remember(sent.headers.get('authorization')?.split(' ')[1])
      const form = new URLSearchParams(typeof init?.body === 'string' ? init.body : '')
      for (const name of sentSecrets) remember(form.get(name))
      const response = await fetch(input, init)
      const given: unknown = await response
        .clone()
        .json()
        .catch(() => undefined)
      if (typeof given === 'object' && given !== null) for (const name of givenSecrets) remember((given as Record<string, unknown>)[name])
      return response
    },
  }
}
