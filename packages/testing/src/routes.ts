import type { JsonObject } from '@oidc/core'
import { dpopNonce } from './dpop-proof.js'
import { answerBackchannel } from './endpoints/backchannel.js'
import { answerDevice } from './endpoints/device.js'
import { answerPushed } from './endpoints/pushed.js'
import { answerManagement, answerRegistration } from './endpoints/registration.js'
import { answerResource, answerUserInfo } from './endpoints/resources.js'
import { answerToken } from './endpoints/token.js'
import { answerIntrospection, answerRevocation } from './endpoints/token-management.js'
import { answerJson, breakAnswer } from './fault-switch.js'
import type { Place } from './faults/fault.js'
import { aliasOrigin } from './metadata.js'
import { isRefusal } from './oauth-error.js'
import type { Received, State } from './state.js'

interface Incoming {
  readonly request: Request
  readonly body: string
  readonly certificate: string | undefined
}

interface Route {
  readonly place: Place
  readonly methods: readonly string[]
  answer(state: State, received: Received, initialAccessToken: string | undefined): Promise<Response>
}

/** What an endpoint answers with JSON, through the faults that are on. */
const json = (
  place: Place,
  answer: (state: State, received: Received) => Promise<JsonObject> | JsonObject,
  { methods = ['POST'], status = 200 }: { readonly methods?: readonly string[]; readonly status?: number } = {},
): Route => ({
  place,
  methods,
  answer: async (state, received) => answerJson(context(state), [place], await answer(state, received), { status }),
})

const context = (state: State): { faults: State['faults']; now: number } => ({ faults: state.faults, now: state.clock.now() })
const metadata = json('metadata', ({ metadata }) => metadata, { methods: ['GET'] })

const routes: Readonly<Record<string, Route>> = {
  '/.well-known/openid-configuration': metadata,
  '/.well-known/oauth-authorization-server': metadata,
  '/jwks': json('jwks', ({ keys }) => ({ keys: keys.published() }) as JsonObject, { methods: ['GET'] }),
  '/token': {
    place: 'token',
    methods: ['POST'],
    async answer(state, received) {
      const body = await answerToken(state, received)
      return answerJson(context(state), received.form.get('grant_type') === 'refresh_token' ? ['token', 'refresh'] : ['token'], body)
    },
  },
  '/par': json('par', answerPushed, { status: 201 }),
  '/device-authorization': json('device', answerDevice),
  '/backchannel': json('backchannel', answerBackchannel),
  '/userinfo': { place: 'userinfo', methods: ['GET', 'POST'], answer: answerUserInfo },
  '/revoke': { place: 'revocation', methods: ['POST'], answer: answerRevocation },
  '/introspect': { place: 'introspection', methods: ['POST'], answer: answerIntrospection },
  '/resource': json('resource', answerResource, { methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }),
  '/register': {
    place: 'registration',
    methods: ['POST'],
    async answer(state, received, initialAccessToken) {
      const { status, body = {} } = await answerRegistration(state, received, initialAccessToken)
      return answerJson(context(state), ['registration'], body, { status })
    },
  },
}

const management: Route = {
  place: 'registration',
  methods: ['GET', 'PUT', 'DELETE'],
  async answer(state, received) {
    const { status, body } = await answerManagement(state, received)
    return body ? answerJson(context(state), ['registration'], body, { status }) : new Response(null, { status })
  },
}

/** Answers a request as the issuer would over the network. */
export async function answerRequest(
  state: State,
  { request, body, certificate }: Incoming,
  initialAccessToken: string | undefined,
): Promise<Response> {
  const url = new URL(request.url)
  const path = [state.issuer, aliasOrigin(state.issuer)].find((base) => url.href.startsWith(`${base}/`))
  const at = path === undefined ? '' : url.href.slice(path.length).replace(/[?#].*$/s, '')
  const route = routes[at] ?? (at.startsWith('/register/') ? management : undefined)
  if (!route) return new Response('Not here.', { status: 404, headers: { 'content-type': 'text/plain' } })
  if (!route.methods.includes(request.method)) return new Response(null, { status: 405, headers: { allow: route.methods.join(', ') } })
  const received: Received = { request, url, body, certificate, form: readForm(request, body) }
  const answer = await route.answer(state, received, initialAccessToken).catch((error: unknown) => refused(state, route.place, error))
  if (state.features.dpopNonces && request.headers.has('dpop')) answer.headers.set('dpop-nonce', dpopNonce(state))
  return answer
}

function readForm(request: Request, body: string): URLSearchParams {
  const isForm = (request.headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded')
  return new URLSearchParams(isForm ? body : '')
}

function refused(state: State, place: Place, error: unknown): Promise<Response> {
  if (!isRefusal(error)) throw error
  const { error: code, error_description, status, headers } = error
  const answer = Response.json({ error: code, error_description }, { status, headers: { 'cache-control': 'no-store', ...headers } })
  return breakAnswer(state.faults, place, answer)
}
