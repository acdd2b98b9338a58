import type { TestIssuer } from '../test-issuer.js'

/** What an attacker keeps of one login and plays into another. */
export type Replayed = 'callback' | 'token'

/** The same issuer, but the second sign-in, or the second redeemed code, is answered as the first one was. */
export function replayFrom(issuer: TestIssuer, replayed: Replayed): TestIssuer {
  return replayed === 'callback' ? replayCallback(issuer) : replayTokens(issuer)
}

function replayCallback(issuer: TestIssuer): TestIssuer {
  let kept: URL | Request | undefined
  return {
    ...issuer,
    async signIn(url, signIn) {
      const back = await issuer.signIn(url, signIn)
      kept ??= back
      return kept instanceof Request ? kept.clone() : kept
    },
  }
}

function replayTokens(issuer: TestIssuer): TestIssuer {
  let kept: Response | undefined
  const replaying =
    (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
    async (input, init) => {
      const request = new Request(input, init)
      const isRedemption = request.method === 'POST' && (await request.clone().text()).includes('grant_type=authorization_code')
      const answer = await fetch(request)
      if (!isRedemption || !answer.ok) return answer
      kept ??= answer
      return kept.clone()
    }
  return { ...issuer, fetch: replaying(issuer.fetch), withCertificate: (thumbprint) => replaying(issuer.withCertificate(thumbprint)) }
}
