import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { refusePrivateHosts } from '@oidc/core'
import { oidcError } from '@oidc/core/plugin'
import type { Destination, NodeFetchOptions } from './options.js'

export type Judge = (destination: Destination) => void

/** What judges connections, if anything does. */
export function createJudge(egress: NodeFetchOptions['egress']): Judge | undefined {
  return egress === 'public' ? refusePrivateAddress : egress
}

function refusePrivateAddress({ address, host }: Destination): void {
  try {
    refusePrivateHosts(new URL(`https://${address.includes(':') ? `[${address.split('%', 1)[0]}]` : address}/`), 'connection')
  } catch {
    throw oidcError(
      'NODE_EGRESS_REFUSED',
      `${host} leads to ${address}, which is of this machine or of a private network, and a public address is wanted. Check where the name comes from, or allow the address in the option egress.`,
    )
  }
}

/**
 * Resolves a name, and gives only addresses that were judged: what is connected to is what was looked at, and nothing is resolved in between.
 * One address that is refused refuses the name, for an attacker's name may lead to both kinds.
 */
export function createLookup(judge: Judge, port: number): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      try {
        for (const { address } of addresses) judge({ address, host, port })
      } catch (refusal) {
        return callback(refusal as Error, '', 0)
      }
      const [first] = addresses
      if (options.all) callback(null, addresses)
      else callback(null, first?.address ?? '', first?.family ?? 0)
    })
  }
}

/** An address that stands in the URL is resolved by nobody. */
export function judgeLiteral(judge: Judge, host: string, port: number): void {
  const bare = host.replace(/^\[|\]$/g, '')
  if (isIP(bare)) judge({ address: bare, host, port })
}
