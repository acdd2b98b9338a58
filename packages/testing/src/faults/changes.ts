import type { JsonObject } from '@oidc/core'
import type { Fault, JwtFault, Members, Place } from './fault.js'

export const json = 'application/json'
export const html: Readonly<Record<string, string>> = { 'content-type': 'text/html' }

/** In place of what the endpoint would answer. */
export const answerWith =
  (body: string | null, init: ResponseInit = {}): (() => Response) =>
  () =>
    new Response(body, { status: 200, ...init, headers: { 'content-type': json, ...(init.headers as Record<string, string>) } })

export const set =
  (members: JsonObject) =>
  (body: Members): void => {
    Object.assign(body, members)
  }

export const drop =
  (...names: readonly string[]) =>
  (body: Members): void => {
    for (const name of names) delete body[name]
  }

/** As fetch does when nobody answers. */
export const breakNetwork = (): never => {
  throw new TypeError('fetch failed')
}

/** A refresh is an answer of the token endpoint, which is broken once. */
export const everywhere = <Change>(change: Change): Record<Exclude<Place, 'refresh'>, Change> => ({
  metadata: change,
  jwks: change,
  par: change,
  token: change,
  userinfo: change,
  revocation: change,
  introspection: change,
  device: change,
  backchannel: change,
  registration: change,
  resource: change,
})

/** Nobody answers, until the client gives up: see `fetch` of the issuer. */
export const hang = (): Promise<never> => new Promise(() => undefined)

/** The headers and a part of the body come, and then nothing more. */
export const stall = (): Response =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"access_token":')),
      pull: hang,
    }),
    { headers: { 'content-type': json } },
  )

/** An answer of the token endpoint that must be refused. */
export const token = (says: string, change: (answer: Response) => Response | Promise<Response>): Fault => ({
  says,
  refusedAt: 'token',
  response: { token: change },
})

/** Members of a token response that must be refused. */
export const grant = (says: string, change: (body: Members) => void): Fault => ({ says, refusedAt: 'token', body: { token: change } })

export const idToken = (says: string, id_token: JwtFault): Fault => ({ says, refusedAt: 'token', jwt: { id_token } })

/** Claims of an ID token that must be refused. */
export const claims = (says: string, change: (claims: Members, now: number) => void): Fault => idToken(says, { claims: change })

export const response = (says: string, fault: JwtFault): Fault => ({ says, jwt: { response: fault } })
