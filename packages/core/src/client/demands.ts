import { oidcError } from '../base/errors.js'
import type { ClientMetadata } from '../metadata/client-metadata.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import type { Plugin } from './plugin.js'
import type { Slots } from './slots.js'

interface Demand {
  readonly of: 'server' | 'client'
  readonly member: string
  /** Whether the slot that meets the demand is filled. */
  readonly isMet: (slots: Slots) => boolean
  readonly install: string
}

const isDelivered = (slots: Slots) => slots.authorization.deliver !== undefined
const isProtected = (slots: Slots) => slots.authorization.protect !== undefined
const isOpened = (slots: Slots) => slots.authorization.open !== undefined
const isBoundByDPoP = (slots: Slots) => slots.exchange.tokenTypes?.has('dpop') === true
const isBoundByCertificate = (slots: Slots) => slots.exchange.endpoint !== undefined

/** What metadata asks of a client beyond core. A demand is met by a filled slot, not by a plugin's name: anybody may write one. */
const demands: readonly Demand[] = [
  { of: 'server', member: 'require_pushed_authorization_requests', isMet: isDelivered, install: '@oidc/par and add par()' },
  { of: 'client', member: 'require_pushed_authorization_requests', isMet: isDelivered, install: '@oidc/par and add par()' },
  { of: 'server', member: 'require_signed_request_object', isMet: isProtected, install: '@oidc/jarm and add jar({ key })' },
  { of: 'client', member: 'require_signed_request_object', isMet: isProtected, install: '@oidc/jarm and add jar({ key })' },
  { of: 'client', member: 'request_object_signing_alg', isMet: isProtected, install: '@oidc/jarm and add jar({ key })' },
  { of: 'client', member: 'authorization_signed_response_alg', isMet: isOpened, install: '@oidc/jarm and add jarm()' },
  { of: 'client', member: 'authorization_encrypted_response_alg', isMet: isOpened, install: '@oidc/jarm and add jarm()' },
  { of: 'client', member: 'dpop_bound_access_tokens', isMet: isBoundByDPoP, install: '@oidc/dpop and add dpop({ keyPair })' },
  { of: 'client', member: 'tls_client_certificate_bound_access_tokens', isMet: isBoundByCertificate, install: '@oidc/mtls and add mtls()' },
  { of: 'client', member: 'use_mtls_endpoint_aliases', isMet: isBoundByCertificate, install: '@oidc/mtls and add mtls()' },
]

/**
 * Fails when the client is made, not at its first use.
 *
 * @throws `PLUGIN_MISSING` naming the package to install, `PLUGIN_CONFLICT`, `SERVER_METADATA_MISSING`
 */
export function checkDemands(server: ServerMetadata, client: ClientMetadata, plugins: readonly Plugin[], slots: Slots): void {
  for (const { of, member, isMet, install } of demands) {
    // What a server demands, it demands of logins, and a sender without an id makes none.
    if (of === 'server' && !client.client_id) continue
    const value = (of === 'server' ? server : (client as unknown as Record<string, unknown>))[member]
    if (value !== undefined && value !== false && !isMet(slots))
      throw oidcError('PLUGIN_MISSING', `The ${of} metadata says ${member}, and no installed plugin does that. Install ${install} to use.`)
  }
  if (client.tls_client_certificate_bound_access_tokens && isBoundByDPoP(slots))
    throw oidcError(
      'PLUGIN_CONFLICT',
      'The client asks for certificate-bound tokens (tls_client_certificate_bound_access_tokens) and for DPoP-bound ones (dpop); a token has one binding. Take one of them away; mTLS may stay as the client authentication.',
    )
  for (const { name, requires } of plugins)
    for (const member of requires?.server ?? [])
      if (server[member] === undefined)
        throw oidcError(
          'SERVER_METADATA_MISSING',
          `The plugin ${name} needs ${member}, and the metadata of ${server.issuer} has none. Take the plugin away, or ask the server's operator for it.`,
        )
}
