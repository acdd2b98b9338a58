import { type Exchange, on, type Plugin, tokenOperation } from '@oidc/core/plugin'
import { watchAnswers } from './answers.js'
import { createBoundedMap } from './bounded-map.js'
import { dpopError } from './dpop-error.js'
import { checkKeyPair, type DPoPKeyPair } from './key-pair.js'
import { createDPoPNonces, type DPoPNonces } from './nonces.js'
import { chooseKey, createProof } from './proof.js'
import { describePublicKey } from './public-key.js'
import { checkBinding, checkTokenType, describeToken, isBound, type TokenDescription } from './token-binding.js'

export interface DPoPOptions {
  readonly keyPair: DPoPKeyPair
  /** Shared between clients: `createDPoPNonces()`, or a store of your own. Each plugin has its own by default. */
  readonly nonces?: Pick<DPoPNonces, 'get' | 'set'> | undefined
  /** Names of further operations whose requests always carry a proof, e.g. `device_authorization`. */
  readonly operations?: readonly string[] | undefined
  /** Whether tokens are taken that the server did not bind to the key. Whoever steals one can use it. */
  readonly allowBearerDowngrade?: boolean | undefined
}

const usual = ['token', 'pushed_authorization_request', 'userinfo', 'resource']
/** Tokens whose hash is kept. */
const maxTokens = 100

/**
 * Binds tokens to a key: every request to the token endpoint, to the endpoint for pushed requests, to UserInfo and to protected resources carries
 * a proof that this client has the private key, and so does any other request that presents a bound token. A token that somebody steals is
 * of no use without the key. For a key of each user: `extend(client, dpop({ keyPair, nonces }))`.
 * {@link https://www.rfc-editor.org/rfc/rfc9449 RFC 9449}
 *
 * @throws `DPOP_KEY_INVALID`, `DPOP_OPTION_INVALID`. From the functions of the client: `DPOP_ALGORITHM` before anything is sent,
 * `DPOP_TOKEN_TYPE`, `DPOP_BINDING`, `DPOP_CLOCK_SKEW`
 */
export function dpop({ keyPair, nonces = createDPoPNonces(), operations = [], allowBearerDowngrade }: DPoPOptions): Plugin {
  const { privateKey, publicKey } = keyPair ?? {}
  const keys = checkKeyPair(keyPair).map((alg) => ({ key: privateKey, alg }))
  checkOptions(nonces, operations)
  const { wantsProof, received, retry } = watchAnswers(nonces)
  const tokens = createBoundedMap<TokenDescription>(maxTokens)

  const describe = async (access_token: string) => {
    const description = tokens.get(access_token) ?? (await describeToken(access_token))
    tokens.set(access_token, description)
    const { thumbprint } = await describePublicKey(publicKey)
    checkBinding(description.jkt, thumbprint)
    return description
  }

  const needsProof = ({ operation: { name }, token }: Exchange) =>
    token ? isBound(token) : usual.includes(name) || operations.includes(name) || wantsProof(name)

  return {
    name: 'dpop',
    authorization: {
      async parameters(_, { client }) {
        chooseKey(keys, client)
        return { dpop_jkt: (await describePublicKey(publicKey)).thumbprint }
      },
    },
    exchange: {
      async headers(exchange) {
        if (!needsProof(exchange)) return undefined
        const key = chooseKey(keys, exchange.client)
        const { ath } = exchange.token ? await describe(exchange.token.access_token) : {}
        return { dpop: await createProof(exchange, { key, publicKey, nonces, ath }) }
      },
      tokenTypes: ['DPoP'],
      received,
      retry,
    },
    operations: [
      on(tokenOperation, {
        async check({ access_token, token_type }) {
          checkTokenType(token_type, allowBearerDowngrade === true)
          if (isBound({ token_type })) await describe(access_token)
        },
      }),
    ],
  }
}

function checkOptions(nonces: unknown, operations: unknown): void {
  const { get, set } = (nonces ?? {}) as Partial<DPoPNonces>
  if (typeof get !== 'function' || typeof set !== 'function')
    throw dpopError('DPOP_OPTION_INVALID', 'The option nonces has no get and set. Give what createDPoPNonces() gave, or leave it out.')
  if (!Array.isArray(operations) || !operations.every((name) => typeof name === 'string'))
    throw dpopError('DPOP_OPTION_INVALID', "The option operations is no array of names. Give e.g. ['device_authorization'].")
}
