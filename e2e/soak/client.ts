import { type Client, createClient, publicClient } from '@oidc/core'

/** A client that says in each request which process sends it. */
export function createSoakClient(issuer: string, sender: string): Client {
  return createClient(
    { issuer, token_endpoint: `${issuer}/token` },
    {
      client_id: 'soak',
      authentication: publicClient(),
      allowInsecure: 'loopback',
      fetch: (input, init = {}) => {
        const headers = new Headers(init.headers)
        headers.set('x-sender', sender)
        return fetch(input, { ...init, headers })
      },
      clock: {
        // Finer than the usual one: the tokens live for a second.
        now: () => Date.now() / 1000,
        sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
      },
    },
  )
}
