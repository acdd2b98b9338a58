import { on, type Plugin, tokenOperation } from '@oidc/core/plugin'

/** Adds to every slot that is run for all, and tries to change whatever it is given: what the plugin under test sees must stay the same. */
export function createNeighbour(name: string): Plugin {
  const parameter = { [name]: 'here' }
  return {
    name: `testing-${name}`,
    authorization: {
      parameters(request) {
        request.set('scope', 'everything')
        request.append('meddled', name)
        return parameter
      },
      check(response) {
        tryTo(() => Object.assign(response.parameters, { code: 'another' }))
        return undefined
      },
    },
    exchange: {
      headers(exchange) {
        tryTo(() => Object.assign(exchange.parameters, { meddled: name }))
        return { [`x-${name}`]: String(exchange.attempt) }
      },
      received: () => undefined,
      retry: () => undefined,
    },
    operations: [
      on(tokenOperation, {
        parameters(parameters) {
          tryTo(() => Object.assign(parameters, { meddled: name }))
          return parameter
        },
        check: () => undefined,
      }),
    ],
    around: (_call, next) => next(),
  }
}

/** What is frozen throws, in strict mode. */
function tryTo(change: () => void): void {
  try {
    change()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
