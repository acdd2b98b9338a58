import { type AuthorizationResponse, type Client, type DecodedJwt, type Plugin, verifyJwt } from '@oidc/core/plugin'
import { jarmError } from './jarm-error.js'

export type JARMResponseMode = 'jwt' | 'query.jwt' | 'fragment.jwt' | 'form_post.jwt'

export interface JARMOptions {
  /** Of requests whose caller gives none. `jwt` by default: the query for `code`, the fragment for other response types. */
  readonly response_mode?: JARMResponseMode | undefined
  /** Seconds that a response may be good for beside the clock tolerance: 600. */
  readonly maxResponseLifetime?: number | undefined
}

const modes: readonly unknown[] = ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt']

/**
 * Asks for authorization responses that the server signs, and encrypts where the client has registered that, and takes no others. What stands
 * beside the parameter `response` is not signed and is ignored.
 * {@link https://openid.net/specs/oauth-v2-jarm.html JARM}
 *
 * @throws `JARM_OPTION_INVALID`. From `createAuthorizationRequest`: `JARM_MODE`, `JARM_ALGORITHM`. From whatever takes a response:
 * `JARM_RESPONSE_MISSING`, `JARM_PARAMETER`, `DECRYPTION_FAILED`, and one code for each rule of a JWT that is broken, from `JARM_MALFORMED` to `JARM_CLAIM`
 */
export function jarm({ response_mode = 'jwt', maxResponseLifetime = 600 }: JARMOptions = {}): Plugin {
  if (!modes.includes(response_mode))
    throw jarmError('JARM_OPTION_INVALID', `The option response_mode of jarm() is no secured one. Give one of ${modes.join(', ')}.`)
  if (!(typeof maxResponseLifetime === 'number' && maxResponseLifetime > 0 && maxResponseLifetime <= 86400))
    throw jarmError('JARM_OPTION_INVALID', 'The option maxResponseLifetime is no number of seconds from 1 to 86400. Give one.')
  return {
    name: 'jarm',
    authorization: {
      parameters(request, { client }) {
        const given = request.get('response_mode')
        checkMode(client, given ?? response_mode)
        findAlgorithms(client)
        return given === null ? { response_mode } : undefined
      },
      open: async (response, { client, signal }) => {
        const { parameters, place } = response
        if (parameters.response === undefined) throw describePlain(response)
        const jwt = await verifyJwt(client, parameters.response, {
          what: 'authorization response',
          code: 'JARM',
          algorithms: findAlgorithms(client),
          encryption: {
            alg: client.metadata.authorization_encrypted_response_alg,
            enc: client.metadata.authorization_encrypted_response_enc,
          },
          required: ['exp'],
          maxLifetime: maxResponseLifetime,
          signal,
        })
        checkKind(jwt)
        return { place, parameters: readParameters(jwt) }
      },
    },
  }
}

/** A plain mode would have the server send what `open` refuses. */
function checkMode({ server }: Client, mode: string): void {
  if (!modes.includes(mode))
    throw jarmError(
      'JARM_MODE',
      `The response_mode is ${JSON.stringify(mode.slice(0, 32))}, and with jarm() it is a secured one. Give ${JSON.stringify(`${mode.slice(0, 32)}.jwt`)}, or take jarm() away.`,
    )
  const listed = server.response_modes_supported
  if (listed && !listed.some((other) => other === mode || (mode === 'jwt' && modes.includes(other))))
    throw jarmError(
      'JARM_MODE',
      `The response_mode ${mode} is none of those of ${server.issuer}: ${JSON.stringify(listed.slice(0, 16))}. Choose one that it has with jarm({ response_mode }), or take jarm() away.`,
    )
}

/** What the client registered, else what the server lists, else the default. MACs are not among them: whoever verifies one can make one. */
function findAlgorithms({ server, metadata }: Client): readonly string[] {
  const { authorization_signed_response_alg: registered } = metadata
  if (registered !== undefined && /^(?:HS|none)/.test(registered))
    throw jarmError(
      'JARM_ALGORITHM',
      `The client metadata says authorization_signed_response_alg: ${JSON.stringify(registered.slice(0, 32))}, which proves nothing about the server. Register an asymmetric one, such as PS256 or ES256.`,
    )
  return registered !== undefined ? [registered] : (server.authorization_signing_alg_values_supported ?? ['RS256'])
}

/** Whoever can change the browser's address can leave the signature out. */
function describePlain({ parameters: { error } }: AuthorizationResponse) {
  return jarmError(
    'JARM_RESPONSE_MISSING',
    `The authorization response is not secured${error === undefined ? '' : ', and says that there was an error'}; a parameter named response was asked for. Start a new login: somebody took the signature away, or the server does not do JARM for this client.`,
    { error: error?.slice(0, 128) },
  )
}

/** Members of tokens that the same server signs for the same client with the same keys. */
const foreign = ['sub', 'nonce', 'at_hash', 'c_hash', 's_hash', 'azp', 'auth_time', 'events', 'token_introspection', 'cnf']

/** An ID token is no authorization response. {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.12 RFC 8725, section 3.12} */
function checkKind({ claims }: DecodedJwt): void {
  const found = foreign.find((name) => claims[name] !== undefined)
  if (found !== undefined)
    throw jarmError('JARM_TYPE', `The authorization response has the claim ${found}, which is that of another kind of token. Discard it.`)
}

const texts = ['code', 'state', 'error', 'error_description', 'error_uri', 'id_token', 'access_token', 'token_type', 'scope']
const ofTheJwt = ['aud', 'exp', 'iat', 'nbf', 'jti']

/** The claims that are parameters; `iss` is one (RFC 9207). Of others, text and numbers alone can be. */
function readParameters({ claims }: DecodedJwt): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(claims)) {
    // `constructor` and its like would be found where nobody put them.
    if (ofTheJwt.includes(name) || name in Object.prototype) continue
    if (typeof value === 'string') parameters[name] = value
    else if (texts.includes(name))
      throw jarmError(
        'JARM_PARAMETER',
        `The authorization response has a ${name} of another type than string. Report it to the people who run the server.`,
      )
    else if (typeof value === 'number') parameters[name] = String(value)
  }
  return parameters
}
