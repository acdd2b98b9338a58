import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One use of a refresh token, as the provider saw it. */
export interface Use {
  /** The process that sent it. */
  readonly sender: string
  /** Whether that process had been killed when the next use arrived; of the last use, it says nothing. */
  senderDied: boolean
}

/** What descends from one login. */
export interface Family {
  /** The refresh token that is good. */
  current: string
  /** The access token that came with it. */
  access_token: string
  /** The refresh token that came twice. */
  revokedBy?: string
}

export interface RotatingProvider {
  readonly issuer: string
  /** By refresh token. */
  readonly uses: ReadonlyMap<string, readonly Use[]>
  readonly families: readonly Family[]
  /** Refreshes that were granted. */
  granted(): number
  /** A login: the first tokens of a family. */
  begin(): { readonly access_token: string; readonly token_type: 'Bearer'; readonly expires_in: number; readonly refresh_token: string }
  close(): Promise<void>
}

/** Seconds. */
const lifetime = 1

/**
 * A provider that rotates refresh tokens and revokes the family when one comes twice (RFC 9700, section 4.14.2). It takes some milliseconds for an
 * answer, so that processes die in all places.
 *
 * @param isDead Whether a process has been killed.
 * @param random From 0 to 1.
 */
export async function startRotatingProvider(isDead: (sender: string) => boolean, random: () => number): Promise<RotatingProvider> {
  const uses = new Map<string, Use[]>()
  const families: Family[] = []
  const owners = new Map<string, Family>()
  let serial = 0
  let granted = 0

  const issue = (family: Family) => {
    family.current = `refresh-${++serial}`
    family.access_token = `access-${serial}`
    owners.set(family.current, family)
    return { access_token: family.access_token, token_type: 'Bearer' as const, expires_in: lifetime, refresh_token: family.current }
  }
  const refresh = (token: string, sender: string) => {
    const before = uses.get(token) ?? []
    for (const use of before) use.senderDied = isDead(use.sender)
    uses.set(token, [...before, { sender, senderDied: false }])
    const family = owners.get(token)
    if (!family || family.revokedBy || family.current !== token) {
      if (family) family.revokedBy ??= token
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    granted++
    return { status: 200, body: issue(family) }
  }

  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const wait = () => new Promise((resolve) => setTimeout(resolve, random() * 40))
    await wait()
    const { status, body } = refresh(new URLSearchParams(text).get('refresh_token') ?? '', String(request.headers['x-sender']))
    await wait()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    uses,
    families,
    granted: () => granted,
    begin() {
      const family: Family = { current: '', access_token: '' }
      families.push(family)
      return issue(family)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
