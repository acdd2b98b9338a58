import { createHash, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, compactVerify, EmbeddedJWK, type JWK } from 'jose'
import { type Refusal, refuse } from './refusal.ts'

/** Seconds. How old a proof may be, and how far ahead its clock. */
const window = 60
/** Seconds. A nonce is given out for so long, and accepted for as long again. */
const nonceLife = 120
/** Proofs remembered at most: a flood costs the newest callers their access, not the server its memory. */
const memory = 10_000

export interface ProofRequest {
  /** Every DPoP header that came: RFC 9449 wants exactly one. */
  readonly proofs: readonly string[]
  readonly method: string
  /** Without query and fragment. */
  readonly url: string
  readonly access_token: string
  /** `cnf.jkt` of the access token. */
  readonly jkt: string
}

export interface ProofChecker {
  /** The nonce that the next proof must hold. */
  nonce(): string
  /** Gives the refusal, or nothing for a good proof. */
  check(request: ProofRequest): Promise<Refusal | undefined>
}

/**
 * Checks DPoP proofs. {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.3 RFC 9449, section 4.3}
 *
 * @param now Epoch seconds.
 */
export function createProofChecker(now: () => number): ProofChecker {
  const nonces = rotateNonces(now)
  const isNew = rememberProofs(now)
  return {
    nonce: nonces.current,
    async check({ proofs, method, url, access_token, jkt }) {
      const [proof] = proofs
      if (proof === undefined || proofs.length > 1) return refuse.proof('Send exactly one DPoP header.')
      const opened = await openProof(proof)
      if (!opened) return refuse.proof('The proof is no JWT of typ dpop+jwt that its own public key verifies.')
      const { claims, key } = opened
      const { jti, htm, htu, iat, ath, nonce } = claims
      if (typeof jti !== 'string' || jti === '' || jti.length > 256) return refuse.proof('The proof has no jti.')
      if (htm !== method) return refuse.proof('htm of the proof is not the method of the request.')
      if (!isSameUrl(htu, url)) return refuse.proof('htu of the proof is not the address of the request.')
      if (typeof iat !== 'number' || Math.abs(now() - iat) > window) return refuse.proof('iat of the proof is too far from now.')
      if (ath !== createHash('sha256').update(access_token).digest('base64url'))
        return refuse.proof('ath of the proof is not the hash of the access token.')
      if ((await calculateJwkThumbprint(key)) !== jkt) return refuse.token('The access token is bound to another key than the proof.')
      if (typeof nonce !== 'string' || !nonces.isGood(nonce)) return refuse.nonce
      if (!isNew(`${jkt} ${jti}`)) return refuse.proof('This proof was used before, or too many came in a minute.')
      return undefined
    },
  }
}

async function openProof(proof: string): Promise<{ readonly claims: Record<string, unknown>; readonly key: JWK } | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(proof, EmbeddedJWK, { algorithms: ['ES256'] })
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload))
    const { typ, jwk } = protectedHeader
    if (typ !== 'dpop+jwt' || !jwk || 'd' in jwk || typeof claims !== 'object' || claims === null) return undefined
    return { claims: { ...claims }, key: jwk }
  } catch {
    return undefined
  }
}

/** The proof's `htu` may have a query and fragment; they do not count. */
function isSameUrl(htu: unknown, url: string): boolean {
  const given = typeof htu === 'string' ? URL.parse(htu) : null
  return given !== null && given.origin + given.pathname === url
}

function rotateNonces(now: () => number) {
  const make = () => randomBytes(16).toString('base64url')
  let [current, previous, since] = [make(), make(), now()]
  const rotate = () => {
    const age = now() - since
    if (age < nonceLife) return
    previous = age < 2 * nonceLife ? current : make()
    current = make()
    since = now()
  }
  return {
    current: () => {
      rotate()
      return current
    },
    isGood: (nonce: string) => {
      rotate()
      return nonce === current || nonce === previous
    },
  }
}

function rememberProofs(now: () => number): (proof: string) => boolean {
  const seen = new Map<string, number>()
  return (proof) => {
    // In order of arrival, so the outdated ones stand in front.
    for (const [old, until] of seen) {
      if (until >= now()) break
      seen.delete(old)
    }
    if (seen.has(proof) || seen.size >= memory) return false
    seen.set(proof, now() + 2 * window)
    return true
  }
}
