import { type Call, type Exchange, type ExchangeSlots, now, type OidcError } from '@oidc/core/plugin'
import { dpopError } from './dpop-error.js'
import { asksForNonce } from './nonce-challenge.js'
import { type DPoPNonces, parseNonce } from './nonces.js'
import { isBound } from './token-binding.js'

/** The slots that see answers, and what was learned from them. */
export interface Answers extends Required<Pick<ExchangeSlots, 'received' | 'retry'>> {
  /** Whether the server has ever wanted a proof for an operation of this name. */
  wantsProof(operation: string): boolean
}

/** Seconds. A smaller difference is no reason for a refusal. */
const tolerance = 30

/** Learns from answers: adopts nonces, and lets a request that lacked one be sent again, once. */
export function watchAnswers(nonces: Pick<DPoPNonces, 'set'>): Answers {
  const renewed = new WeakSet<Exchange>()
  const retried = new WeakSet<Call>()
  const skews = new WeakMap<Exchange, number>()
  const challenged = new Set<string>()
  return {
    wantsProof: (operation) => challenged.has(operation),
    // Also of a success and of other errors: RFC 9449, section 8.2.
    received({ status, headers }, exchange) {
      const nonce = parseNonce(headers.get('dpop-nonce'))
      if (nonce !== undefined) {
        nonces.set(new URL(exchange.url).origin, nonce)
        renewed.add(exchange)
      }
      if (status >= 400) skews.set(exchange, Math.round(Date.parse(headers.get('date') ?? '') / 1000 - now(exchange.client)))
    },
    retry(error, exchange) {
      const { call, operation, token } = exchange
      checkClock(error, exchange, skews.get(exchange))
      if (!asksForNonce(error, operation) || !renewed.has(exchange) || retried.has(call)) return undefined
      // A Bearer token gets no proof, so sending it again would change nothing.
      if (token && !isBound(token)) return undefined
      retried.add(call)
      challenged.add(operation.name)
      return 0
    },
  }
}

/** The server does not say why it refuses a proof, and a clock that is wrong is the usual reason. @throws `DPOP_CLOCK_SKEW` */
function checkClock(error: OidcError, { operation }: Exchange, skew = 0): void {
  // Where the Response itself is the result, the caller gets it whatever it says.
  if (error.error !== 'invalid_dpop_proof' || operation.accept === 'response' || !(Math.abs(skew) > tolerance)) return
  const { error: reported, error_description, http } = error
  throw dpopError(
    'DPOP_CLOCK_SKEW',
    `${http?.url} refused the DPoP proof, and the clock of this client is ${Math.abs(skew)} seconds ${skew > 0 ? 'behind' : 'ahead of'} the server's. Set the clock of this machine, or give the client an option clock that is right.`,
    { operation: operation.name, error: reported, error_description, http, cause: error },
  )
}
