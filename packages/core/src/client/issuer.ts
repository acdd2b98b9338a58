import type { JsonObject } from '../base/json.js'
import type { Client } from './client.js'
import { emit, internalsOf } from './internals.js'

/**
 * Whether `iss` names the client's server. The one of `quirks.issuerTemplate` has an issuer for each tenant, and what names the tenant must name
 * the same one: its keys sign for all of them.
 *
 * @param claims Of the verified token that holds `iss`; of an authorization response there are none yet.
 */
export function isIssuer(client: Client, iss: unknown, claims?: JsonObject): boolean {
  const { quirks } = internalsOf(client).options
  const { issuer } = client.server
  if (issuer !== quirks?.issuerTemplate) return iss === issuer
  const tenant = findTenant(issuer, iss)
  if (tenant === undefined || (claims && claims.tid !== tenant)) return false
  emit(client, { type: 'quirk', name: 'issuerTemplate', operation: claims ? 'id_token' : 'authorization' })
  return true
}

/** What an issuer has in place of the `{tenantid}` of a template; undefined where it is no issuer of that template. */
export function findTenant(template: string, issuer: unknown): string | undefined {
  const [head = '', tail = ''] = template.split('{tenantid}')
  if (typeof issuer !== 'string' || !issuer.startsWith(head) || !issuer.endsWith(tail)) return undefined
  const tenant = issuer.slice(head.length, issuer.length - tail.length)
  // What could be a path of its own is no tenant.
  return /^[\w-]+$/.test(tenant) ? tenant : undefined
}
