import {
  type Additions,
  type Exchange,
  json,
  type OidcError,
  type OperationHooks,
  oidcError,
  on,
  type Plugin,
  type ReadonlyParameters,
  resourceOperation,
  type Tokens,
  tokenOperation,
  type UserInfo,
  userInfoOperation,
} from '@oidc/core/plugin'

/** Writes down what a hook saw. */
export type Witness = (plugin: string, slot: string, saw: unknown) => void

const describe = ({ call, attempt, url, parameters }: Exchange) => [call.operation.name, attempt, url, parameters]

/** Stands for JAR and JARM: one parameter holds the whole request, and one the whole response. */
export const sealsMessages = (witness: Witness): Plugin => ({
  name: 'seals-messages',
  authorization: {
    protect(request) {
      witness('seals-messages', 'protect', request.toString())
      return new URLSearchParams({ client_id: request.get('client_id') ?? '', request: btoa(request.toString()) })
    },
    open(response) {
      witness('seals-messages', 'open', response)
      return { place: response.place, parameters: Object.fromEntries(new URLSearchParams(atob(response.parameters.response ?? ''))) }
    },
  },
})

/** Stands for HTTP message signatures: sees the last bytes of a request, and the first of an answer. */
export const signsBytes = (witness: Witness): Plugin => ({
  name: 'signs-bytes',
  exchange: {
    seal(request, exchange) {
      witness('signs-bytes', 'seal', [request, describe(exchange)])
      return { ...request, headers: { ...request.headers, 'x-signed': Object.keys(request.headers).join(' ') } }
    },
    unseal(response, exchange) {
      witness('signs-bytes', 'unseal', [response.status, describe(exchange)])
      if (response.headers.get('x-sealed') !== 'yes') throw oidcError('NOT_SEALED', 'The answer is not sealed. Discard it.')
      return new Response(response.body, response)
    },
  },
})

/** Stands for mTLS and for signed answers: another address, another media type, another kind of token. */
export const takesDetours = (witness: Witness): Plugin => ({
  name: 'takes-detours',
  exchange: {
    endpoint: (name, { issuer }) => (name === 'token_endpoint' ? `${issuer}/alias/token` : undefined),
    tokenTypes: ['Detour'],
  },
  operations: [
    on(tokenOperation, {
      accept: { 'application/vnd.tokens+json': json },
      parameters(parameters, call) {
        witness('takes-detours', 'parameters', [parameters, call.operation.name])
        return { detour: String(Object.keys(parameters).length) }
      },
      check: (tokens) => witness('takes-detours', 'check', tokens),
    }),
  ],
})

/** Changes whatever it is given, and adds what it saw: if two hooks shared one thing, this would tell. */
export const meddles = (name: string, witness: Witness): Plugin => ({
  name,
  authorization: {
    parameters(request) {
      witness(name, 'authorization.parameters', request.toString())
      const additions = { [`saw_${name}`]: [...request.keys()].join(' ') }
      request.set('scope', 'everything')
      request.append('meddled', name)
      return additions
    },
    check(response, transaction) {
      witness(name, 'check', [response, transaction])
      tryTo(() => Object.assign(response.parameters, { code: 'another' }))
      tryTo(() => Object.assign(transaction, { nonce: 'another' }))
      return undefined
    },
  },
  exchange: {
    headers(exchange) {
      witness(name, 'headers', describe(exchange))
      tryTo(() => Object.assign(exchange.parameters, { meddled: name }))
      return { [`x-${name}`]: `${Object.keys(exchange.parameters).length} ${exchange.attempt}` }
    },
    received({ status, headers }, exchange) {
      witness(name, 'received', [status, headers.get('dpop-nonce'), describe(exchange)])
      tryTo(() => Object.assign(headers, { get: () => 'meddled' }))
    },
    retry: ({ code, http }: OidcError, exchange) => {
      witness(name, 'retry', [code, describe(exchange)])
      return http?.status === 429 ? name.length : undefined
    },
  },
  operations: [
    on(tokenOperation, { ...meddleWith<Tokens>(name, witness), parameters: (parameters) => addCount(name, witness, parameters) }),
    on(userInfoOperation, meddleWith<UserInfo>(name, witness)),
    on(resourceOperation, meddleWith<Response>(name, witness)),
  ],
  async around(call, next) {
    witness(name, 'around', call.operation.name)
    const result = await next()
    witness(name, 'around', `${call.operation.name} is done`)
    return result
  },
})

const meddleWith = <Result extends object>(name: string, witness: Witness): OperationHooks<Result> => ({
  parameters(parameters) {
    addCount(name, witness, parameters)
    return undefined
  },
  check: (result) => tryTo(() => Object.assign(result, { meddled: name })),
})

function addCount(name: string, witness: Witness, parameters: ReadonlyParameters): Additions {
  witness(name, 'operations.parameters', parameters)
  tryTo(() => Object.assign(parameters, { meddled: name }))
  return { [`p_${name}`]: String(Object.keys(parameters).length) }
}

/** What is frozen throws, in strict mode. */
function tryTo(change: () => void): void {
  try {
    change()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
