import { json, type Operation } from '@oidc/core/plugin'
import { type Introspection, isInTime, parseIntrospection } from './introspection-response.js'

/** The introspection request. {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.1 RFC 7662, section 2.1} */
export const introspectionOperation: Operation<Introspection> = {
  name: 'introspection',
  endpoint: 'introspection_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'safe',
  accept: { 'application/json': json },
  parse(body, { client }) {
    const token = parseIntrospection(body, client)
    return token.active && !isInTime(token, client) ? { active: false } : token
  },
}
