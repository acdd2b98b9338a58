import { fetchUserInfo, type IdTokenClaims, type Tokens } from '@oidc/core'
import { type Client, json, type Operation, oidcError, on, type Plugin, request, requirePlugin, tokenOperation } from '@oidc/core/plugin'

/** Of one organization, as the vendor's server names it. */
export interface Organization {
  readonly id: string
  readonly plan: string
}

const name = 'oidc-organization'
const wanted = new WeakMap<Plugin, string>()

/** Signs users in to one organization of the vendor's server, and refuses those of another. */
export function organization(id: string): Plugin {
  const plugin: Plugin = {
    name,
    // The client cannot be made for a server without this endpoint.
    requires: { server: ['organization_endpoint'] },
    authorization: {
      parameters: () => ({ organization: id }),
    },
    exchange: {
      headers: ({ call, attempt }) => ({ 'x-attempt': `${call.operation.name}-${attempt}` }),
    },
    operations: [on(tokenOperation, { check: ({ claims }) => checkOrganization(claims, id) })],
  }
  wanted.set(plugin, id)
  return plugin
}

/** Core has verified the claims already; a hook can only refuse more. */
function checkOrganization(claims: IdTokenClaims | undefined, id: string): void {
  if (claims && claims.org_id !== id)
    throw oidcError(
      'ORGANIZATION_MISMATCH',
      `The user signed in to another organization than ${id}. Offer to sign in again and to choose that one.`,
    )
}

/** One thing that the server is asked for: a value, and nothing to register. */
const organizationOperation: Operation<Organization> = {
  name: 'organization',
  endpoint: 'organization_endpoint',
  method: 'GET',
  credential: 'token',
  body: 'none',
  status: [200],
  replay: 'safe',
  accept: { 'application/json': json },
  parse: (body) => {
    if (
      typeof body === 'object' &&
      body !== null &&
      'id' in body &&
      'plan' in body &&
      typeof body.id === 'string' &&
      typeof body.plan === 'string'
    )
      return { id: body.id, plan: body.plan }
    throw oidcError('ORGANIZATION_INVALID', 'The organization answer has no id or no plan. Report it to the people who run the server.')
  },
}

/** Gets the organization that the user signed in to. */
export async function fetchOrganization(client: Client, tokens: Tokens): Promise<Organization & { readonly owner: string }> {
  const plugin = requirePlugin(client, name, { package: 'oidc-organization', factory: 'organization(id)' })
  const { id, plan } = await request(client, organizationOperation, { token: tokens })
  if (id !== wanted.get(plugin))
    throw oidcError('ORGANIZATION_MISMATCH', `The answer is of another organization than ${wanted.get(plugin)}. Discard it.`)
  return { id, plan, owner: (await fetchUserInfo(client, tokens)).sub }
}
