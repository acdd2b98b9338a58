import type { ServerMetadata } from '@oidc/core'
import { type Exchange, emit, type Plugin, type PresentedToken, request } from '@oidc/core/plugin'
import { describe, isObject, registrationError } from './registration-error.js'
import { buildRequest, type RegistrationMetadata } from './registration-metadata.js'
import { registrationOperation } from './registration-operation.js'
import { checkClientUri, invalid, type Judgement, parseRegistration, type Registration, tellReplaced } from './registration-response.js'
import { checkOptions, type ManagementOptions, openSender, optionError } from './sender.js'

export interface RegisterOptions extends ManagementOptions {
  /**
   * What lets one register, where not everybody may: the text, or what a grant gave. The text is presented as a DPoP token where `use` holds
   * `dpop({ keyPair })`, else as a Bearer token.
   */
  readonly initialAccessToken?: string | PresentedToken | undefined
  /** What somebody whom the server trusts says of the software: a signed JWT. */
  readonly softwareStatement?: string | undefined
}

/**
 * Registers a client. What comes back spreads into the options of a client, with a method of authentication beside it: the secret methods take the
 * secret from there. Keep it: the secret and the registration access token are said once.
 * {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591, section 3},
 * {@link https://openid.net/specs/openid-connect-registration-1_0.html#RegistrationRequest OpenID Connect Registration 1.0, section 3.1}
 *
 * @param server An issuer, whose metadata is then discovered, or the metadata themselves.
 * @throws before anything is registered: `REGISTRATION_OPTION_INVALID`, `REGISTRATION_METADATA_INVALID`, `SERVER_METADATA_MISSING`, and the errors of
 * discovery. Of the answer: `REGISTRATION_STATUS`, `REGISTRATION_INVALID`, `REGISTRATION_SECRET_EXPIRY`, `REGISTRATION_ADDRESS`, `OAUTH_ERROR` (`error` is e.g.
 * `invalid_redirect_uri`), `HTTP_STATUS`, and the other errors of a request
 */
export async function registerClient(
  server: string | URL | ServerMetadata,
  metadata: RegistrationMetadata,
  options: RegisterOptions = {},
): Promise<Registration> {
  checkOptions(options, 'initialAccessToken softwareStatement')
  const { initialAccessToken, softwareStatement, quirks = {}, allowInsecure, signal } = options
  const asked = buildRequest(addStatement(metadata, softwareStatement), { allowInsecure })
  const token = readToken(initialAccessToken, options.use ?? [])
  const judgement: Judgement = { quirks, allowInsecure, asked }
  const statuses = new WeakMap<Exchange, number>()
  const watcher: Plugin = {
    name: '@oidc/registration',
    exchange: { received: ({ status }, exchange) => void statuses.set(exchange, status) },
  }
  const sender = await openSender(server, options, watcher)
  const operation: typeof registrationOperation = {
    ...registrationOperation,
    status: [201, 200],
    parse(body, exchange) {
      if (statuses.get(exchange) === 200) tolerateStatus(exchange, quirks.status200)
      const registration = parseRegistration(body, exchange.client, judgement)
      const { registration_access_token, registration_client_uri } = registration
      if ((registration_access_token === undefined) !== (registration_client_uri === undefined))
        throw invalid(exchange.client, 'has one of registration_access_token and registration_client_uri, and both or none are wanted')
      if (registration_client_uri !== undefined) checkClientUri(registration_client_uri, exchange.client, judgement)
      return registration
    },
  }
  const registration = await request(sender, operation, { json: asked, token, signal })
  tellReplaced(registration, sender, asked)
  return registration
}

function addStatement(metadata: RegistrationMetadata, statement: unknown): RegistrationMetadata {
  if (statement === undefined) return metadata
  if (typeof statement !== 'string' || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(statement))
    throw optionError(`The option softwareStatement is ${describe(statement)} and no signed JWT. Give its text.`)
  return { ...metadata, software_statement: statement }
}

function readToken(token: unknown, use: readonly Plugin[]): PresentedToken | undefined {
  if (token === undefined) return undefined
  // What is no list of plugins is told when the sender is made.
  const isBinding =
    Array.isArray(use) && use.some((plugin?: Plugin) => plugin?.exchange?.tokenTypes?.some((type) => type.toLowerCase() === 'dpop'))
  const { access_token, token_type } = isObject(token) ? token : { access_token: token, token_type: isBinding ? 'DPoP' : 'Bearer' }
  if (typeof access_token !== 'string' || typeof token_type !== 'string' || !/^[\x21-\x7e]+$/.test(access_token))
    throw optionError(
      `The option initialAccessToken is ${describe(token)}. Give the text of the token, of printable ASCII characters, or what a grant gave.`,
    )
  return { access_token, token_type }
}

/** A client was registered, and nobody but the server knows it: so the error says what would have taken it. */
function tolerateStatus({ client }: Exchange, isTolerated: true | undefined): void {
  if (!isTolerated)
    throw registrationError(
      'REGISTRATION_STATUS',
      `The registration endpoint of ${client.server.issuer} answered with status 200, and 201 is wanted. Check that it is the registration endpoint; if it is, give quirks: { status200: true }.`,
      { http: { status: 200, url: String(client.server.registration_endpoint).replace(/\?.*/s, '') } },
    )
  emit(client, { type: 'quirk', name: 'status200', operation: 'registration' })
}
