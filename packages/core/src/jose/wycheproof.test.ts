// The JOSE vectors of the Wycheproof project (C2SP, Apache-2.0): data that stands beside this repository, or where OIDC_VECTORS says, and is not part of it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { decodeBase64Url } from '../base/base64url.js'
import { decodeUtf8, isJsonObject, type JsonObject, parseJson } from '../base/json.js'
import { findAlgorithm } from './algorithms.js'
import { chooseKeys, parseKeySet } from './choose-key.js'
import { decryptWith } from './decrypt.js'
import { verifySignature } from './verify.js'

const folder = join(process.env.OIDC_VECTORS ?? join(import.meta.dirname, '../../../../../shared/vectors'), 'wycheproof')
const present = existsSync(folder)

interface Vector {
  readonly tcId: number
  readonly jws?: unknown
  readonly jwe?: unknown
  /** The plaintext, in hexadecimal. */
  readonly pt?: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface Group {
  readonly private: JsonObject
  readonly public?: JsonObject
  readonly tests: readonly Vector[]
}

/** Vectors that we judge otherwise, by file, each with its reason. All but those of the ROCA key are valid ones that we refuse. */
const exclusions: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  json_web_signature_test: {
    'HMAC is never accepted from a server: its keys are in no key set (RFC 8725, 3.1)': [1, 348, 352, 357, 358, 359, 376, 377],
    'HMAC, and a character in it that base64url does not have': [372, 373],
    'the key is for another algorithm than the one that signed (RFC 7517, 4.4)': [346, 347, 350, 351],
  },
  json_web_key_test: {
    'a symmetric key in a key set is a leak, and never used (RFC 8725, 3.1)': [2, 13, 14, 15],
    'the key has the ROCA fingerprint: to find it costs more than the rest of the check, and who holds it is the issuer that we trust': [7],
  },
  json_web_crypto_test: {
    'HMAC is never accepted from a server: its keys are in no key set (RFC 8725, 3.1)': [1, 48],
    'the key has the ROCA fingerprint: to find it costs more than the rest of the check, and who holds it is the issuer that we trust': [
      46,
    ],
    'no symmetric key management: A256KW (RFC 8725, 3.1)': [50],
  },
  json_web_encryption_test: {
    'no symmetric key management: AES key wrap, direct encryption (RFC 8725, 3.1)': [
      1, 23, 28, 29, 30, 31, 32, 69, 70, 71, 72, 73, 74, 75, 132, 133, 134, 135,
    ],
    'no RSA1_5 (RFC 8725, 3.2)': [100, 101, 102, 103, 104, 105, 112, 128],
  },
}

/** How many vectors each file must have: a shorter file would prove less without anybody noticing. */
const sizes = { json_web_signature_test: 401, json_web_encryption_test: 139, json_web_key_test: 26, json_web_crypto_test: 83 }

/** As an ID token is verified, but for its claims: the payloads of the vectors are no claims. */
async function verifies(jws: unknown, given: JsonObject): Promise<boolean> {
  try {
    const segments = String(jws).split('.')
    const [header, payload, signature] = segments.map(decodeBase64Url)
    if (typeof jws !== 'string' || segments.length !== 3 || !header || !payload || !signature) return false
    const { alg, kid, crit, b64 } = parseJson(decodeUtf8(header)) as JsonObject
    if (!findAlgorithm(alg) || crit !== undefined || b64 !== undefined) return false
    const keys = chooseKeys(parseKeySet(Array.isArray(given.keys) ? given : { keys: [given] }, 100) ?? [], String(alg), kid)
    for (const key of keys) if (await verifySignature(jws, key, String(alg))) return true
    return false
  } catch (error) {
    // Anything else than this would have come from a hostile text.
    expect(error).toBeInstanceOf(SyntaxError)
    return false
  }
}

async function opens({ jwe, pt }: Vector, key: JsonObject): Promise<boolean> {
  try {
    const text = await decryptWith({ key, alg: String(key.alg) })(jwe as string)
    if (pt !== undefined) expect(Buffer.from(text).toString('hex')).toBe(pt)
    return true
  } catch (error) {
    expect(error).toMatchObject({ name: 'OidcError' })
    return false
  }
}

it.skipIf(!present).each(Object.entries(sizes))(
  'F-K2: every Wycheproof vector of %s is judged as it should be, or is excluded with a reason [needs vectors]',
  async (name, size) => {
    const { testGroups } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as { testGroups: readonly Group[] }
    const differing: number[] = []
    let count = 0
    for (const group of testGroups)
      for (const vector of group.tests) {
        count++
        expect(isJsonObject(group.private)).toBe(true)
        const accepted =
          vector.jwe === undefined ? await verifies(vector.jws, group.public ?? group.private) : await opens(vector, group.private)
        if (vector.result !== 'acceptable' && accepted !== (vector.result === 'valid')) differing.push(vector.tcId)
      }
    const excluded = Object.values(exclusions[name] ?? {}).flat()
    expect(differing).toEqual(excluded.sort((a, b) => a - b))
    expect(count).toBe(size)
  },
)
