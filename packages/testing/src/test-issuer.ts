import type { JsonObject } from '@oidc/core'
import { answerBackchannelSignIn, answerDeviceSignIn } from './backchannel-sign-in.js'
import { createFaultSwitch } from './fault-switch.js'
import type { FaultName } from './faults/faults.js'
import { issueJwt } from './jwt.js'
import { createIssuerKeys } from './keys.js'
import { describeIssuer } from './metadata.js'
import { answerRequest } from './routes.js'
import { createSecretBook, type Leak } from './secrets.js'
import { answerAuthorization, type SignIn } from './sign-in.js'
import type { Features, State } from './state.js'
import { defaultClient, type TestClient } from './test-client.js'
import { createTestClock, type TestClock } from './test-clock.js'

export interface TestIssuerOptions {
  /** `https://as.example` by default. */
  readonly issuer?: string
  /** The clients it knows; a public one with the client_id `app` by default. */
  readonly clients?: readonly TestClient[]
  readonly clock?: TestClock
  /** Of signatures, best first: `['ES256']` by default. */
  readonly algorithms?: readonly string[]
  /** Members of the metadata that are other than usual; undefined takes one away. */
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly features?: Partial<Features>
  /** Without it, anybody may register a client. */
  readonly initialAccessToken?: string
  /** Reaches what the client hosts, e.g. a request object by reference. */
  readonly reach?: (request: Request) => Promise<Response>
}

/** One request that reached the issuer, of the client or of the browser. `status` is 0 where the network was broken. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly status: number
}

export interface TestIssuer {
  readonly issuer: string
  readonly metadata: JsonObject
  readonly clock: TestClock
  /** An API that takes the tokens of this issuer. */
  readonly resource: string
  /** Give it to the client as `fetch`: no socket is opened. */
  readonly fetch: typeof globalThis.fetch
  /** The same over a connection with a client certificate, named by its `x5t#S256`. */
  withCertificate(thumbprint: string): typeof globalThis.fetch
  /** Every request so far, in order. */
  readonly requests: readonly SeenRequest[]
  /** What the browser does with the URL of an authorization request: where it comes back to, or the POST it sends. */
  signIn(url: URL, signIn?: SignIn): Promise<URL | Request>
  /** The user enters the code of a device. */
  approveDevice(user_code: string, signIn?: SignIn): void
  /** The user answers on their phone. Gives the ping or the push that the issuer sends then. */
  approveBackchannel(auth_req_id: string, signIn?: SignIn): Promise<Request | undefined>
  /** What the issuer posts to `backchannel_logout_uri`. */
  createLogoutToken(claims: JsonObject & { readonly client_id: string }): Promise<string>
  /** Makes new signing keys; the old ones are gone from the key set at once unless kept. */
  rotateKeys(options?: { readonly keep?: boolean }): Promise<void>
  /** Makes the issuer do something wrong, for good or for so many times. Gives what ends it. */
  fault(name: FaultName, times?: number): () => void
  /** The faults that have done something so far: whether what a test tried had an occasion. */
  faultsDone(): readonly FaultName[]
  /** Looks in anything, an error or a log, for secrets that passed between this issuer and its clients. */
  findSecrets(value: unknown): readonly Leak[]
}

/**
 * An OpenID Provider and authorization server in memory, for tests: it speaks every extension of this library, checks what it is sent, and can be
 * made to do wrong. Nothing of it is fit for use outside of tests.
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const state = await createState(options)
  const requests: SeenRequest[] = []
  const fetchWith =
    (certificate?: string): typeof globalThis.fetch =>
    async (input, init) => {
      const request = new Request(input, init)
      request.signal.throwIfAborted()
      const body = await request.clone().text()
      const record = (status: number): void => {
        requests.push({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body, status })
      }
      try {
        const answer = await untilAborted(request.signal, answerRequest(state, { request, body, certificate }, options.initialAccessToken))
        record(answer.status)
        return answer
      } catch (error) {
        record(0)
        throw error
      }
    }
  return {
    issuer: state.issuer,
    metadata: state.metadata,
    clock: state.clock,
    resource: `${state.issuer}/resource`,
    fetch: fetchWith(),
    withCertificate: fetchWith,
    requests,
    async signIn(url, signIn = {}) {
      requests.push({ method: 'GET', url: url.href, headers: {}, body: '', status: 200 })
      return answerAuthorization(state, url, signIn)
    },
    approveDevice: (user_code, signIn = {}) => answerDeviceSignIn(state, user_code, signIn),
    approveBackchannel: (auth_req_id, signIn = {}) => answerBackchannelSignIn(state, auth_req_id, signIn),
    createLogoutToken: (claims) => createLogoutToken(state, claims),
    rotateKeys: (rotation) => state.keys.rotate(rotation),
    fault: (name, times) => state.faults.turnOn(name, times),
    faultsDone: () => state.faults.taken(),
    findSecrets: (value) => state.secrets.find(value),
  }
}

/** As `fetch` does, whatever the server is about. */
function untilAborted<Value>(signal: AbortSignal, running: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

async function createState(options: TestIssuerOptions): Promise<State> {
  const { issuer = 'https://as.example', algorithms = ['ES256'], clients = [defaultClient], features } = options
  const secrets = createSecretBook()
  let minted = 0
  return {
    issuer,
    clock: options.clock ?? createTestClock(),
    keys: await createIssuerKeys(algorithms),
    secrets,
    faults: createFaultSwitch(),
    features: { dpopNonces: false, rotateRefreshTokens: true, accessTokenLifetime: 300, signedUserInfo: false, ...features },
    metadata: JSON.parse(JSON.stringify({ ...describeIssuer(issuer, algorithms), ...options.metadata })),
    clients: new Map(clients.map((client) => [client.client_id, client])),
    codes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    pushed: new Map(),
    pending: new Map(),
    registrations: new Map(),
    used: new Set(),
    mint: (kind) => (kind === 'sid' ? `sid-${++minted}` : secrets.add(kind, `canary-${kind}-${++minted}`)),
    reach: options.reach ?? (() => Promise.reject(new Error('The test issuer cannot reach the client. Give the option reach.'))),
  }
}

/** {@link https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken Back-Channel Logout 1.0, section 2.4} */
function createLogoutToken(state: State, { client_id, ...claims }: JsonObject & { readonly client_id: string }): Promise<string> {
  const client = state.clients.get(client_id)
  if (!client) throw new Error('The logout token is for a client that the test issuer does not know. Name it in the option clients.')
  const now = state.clock.now()
  return issueJwt(state, {
    kind: 'logout_token',
    client,
    header: { typ: 'logout+jwt' },
    claims: {
      iss: state.issuer,
      aud: client_id,
      iat: now,
      exp: now + 120,
      jti: state.mint('jti'),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      ...claims,
    },
  })
}
