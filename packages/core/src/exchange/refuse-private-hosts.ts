import { oidcError } from '../base/errors.js'
import { withoutQuery } from '../base/url.js'

/** First addresses and lengths of what no public server has: RFC 6890 and its successors, with link-local and the metadata of clouds in it. */
const reserved =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3'
/** Names without a dot, and the ends of names that only a private network or this machine resolves. */
const privateName = /^[^.]*$|\.(?:local|localhost|localdomain|internal|intranet|lan|home|corp|arpa)$/

/**
 * Refuses addresses that lead into this machine, its network or its cloud, in any spelling: for `egress`, and before discovery of an issuer
 * that a user gave. It sees names, not what they resolve to: against a name that leads inside, the connection itself must be checked.
 * {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.6 RFC 9700, section 2.6}
 *
 * @example createClient(server, { ..., egress: refusePrivateHosts })
 * @throws `EGRESS_REFUSED`
 */
export function refusePrivateHosts(url: URL, what: string): void {
  // What is parsed has one spelling: 2130706433, 0x7f.1 and 127.1 are 127.0.0.1 by now. A dot at the end changes nothing.
  let host = url.hostname
  while (host.endsWith('.')) host = host.slice(0, -1)
  const isPrivate = host.startsWith('[') ? isPrivateV6(host) : /^[\d.]+$/.test(host) ? isPrivateV4(host) : privateName.test(host)
  if (!isPrivate) return
  const shown = withoutQuery(url.href)
  throw oidcError(
    'EGRESS_REFUSED',
    `${shown} is of this machine or of a private network, and the ${what} request wants a public address, so it was not sent. Check where that address comes from.`,
    { operation: what, http: { url: shown } },
  )
}

function isPrivateV4(host: string): boolean {
  const address = toNumber(host)
  return reserved.split(' ').some((block) => {
    const [first = '', length] = block.split('/')
    const size = 2 ** (32 - Number(length))
    return Math.floor(address / size) === toNumber(first) / size
  })
}

function toNumber(address: string): number {
  return address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0)
}

/** Only global unicast is public, 2000::/3, without what is reserved in it, and without 6to4 and Teredo, which hold any IPv4 address. */
function isPrivateV6(host: string): boolean {
  const [first = 0, second = 0] = host
    .slice(1, -1)
    .split(':')
    .map((group) => Number.parseInt(group || '0', 16))
  if (first < 0x2000 || first > 0x3ffe || first === 0x2002) return true
  return first === 0x2001 && (second < 0x200 || second === 0xdb8)
}
