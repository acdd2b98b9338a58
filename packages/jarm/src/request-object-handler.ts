import { type Client, requirePlugin } from '@oidc/core/plugin'
import { references } from './jar.js'
import { jarmError } from './jarm-error.js'
import { isCurrent } from './request-object-reference.js'

/**
 * Makes the handler for `reference.url` of `jar({ by: 'reference' })`: the server fetches request objects from it.
 * {@link https://www.rfc-editor.org/rfc/rfc9101#section-5.2.3 RFC 9101, section 5.2.3}
 *
 * @throws `PLUGIN_MISSING`, `JAR_OPTION_INVALID`
 */
export function createRequestObjectHandler(client: Client): (request: Request) => Promise<Response> {
  const reference = references.get(
    requirePlugin(client, 'jar', { package: '@oidc/jarm', factory: "jar({ key, by: 'reference', reference })" }),
  )
  if (!reference)
    throw jarmError('JAR_OPTION_INVALID', "The jar() of this client sends its objects by value. Give by: 'reference' and reference.")
  const { store, once } = reference
  return async ({ method, url }) => {
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    if (method !== 'GET') return new Response(null, { status: 405, headers: { ...headers, allow: 'GET' } })
    const id = new URL(url).pathname.split('/').pop() ?? ''
    const stored = /^[\w-]{43}$/.test(id) ? await (once ? store.take(id) : store.get(id)) : undefined
    if (!isCurrent(client, stored)) return new Response(null, { status: 404, headers })
    return new Response(stored.request_object, { headers: { ...headers, 'content-type': 'application/oauth-authz-req+jwt' } })
  }
}
