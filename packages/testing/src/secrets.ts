/** Where a secret that must not be seen was found. */
export interface Leak {
  /** What kind of secret, e.g. `access_token`. */
  readonly kind: string
  /** Where in the value, e.g. `cause.message`. */
  readonly path: string
}

/** Every secret that passed between a client and the issuer, so that a test can look for them where they must not be. */
export interface SecretBook {
  /** Writes a secret down and gives it back. */
  add<Secret>(kind: string, secret: Secret): Secret
  /** Looks for secrets in anything: an error, an event, a log line. Enumerable or not, in strings and in objects of any depth. */
  find(value: unknown): readonly Leak[]
}

/** A shorter one could stand in any text by chance. */
const shortest = 8

export function createSecretBook(): SecretBook {
  const kinds = new Map<string, string>()
  return {
    add(kind, secret) {
      if (typeof secret === 'string' && secret.length >= shortest) kinds.set(secret, kind)
      return secret
    },
    find(value) {
      const leaks: Leak[] = []
      for (const [path, text] of readTexts(value)) for (const [secret, kind] of kinds) if (text.includes(secret)) leaks.push({ kind, path })
      return leaks
    },
  }
}

/** All strings that can be reached from a value, each with its path. */
function* readTexts(value: unknown, path = '', seen: Set<object> = new Set()): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value]
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (value instanceof URL || value instanceof URLSearchParams) yield [path, value.toString()]
  const entries: Iterable<readonly [unknown, unknown]> =
    value instanceof Map || value instanceof Headers ? value.entries() : value instanceof Set ? [...value].entries() : []
  for (const [key, member] of entries) yield* readTexts(member, join(path, String(key)), seen)
  for (const key of Reflect.ownKeys(value)) yield* readTexts(readMember(value, key), join(path, String(key)), seen)
}

function readMember(value: object, key: string | symbol): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    // A getter that throws shows nothing.
    return undefined
  }
}

const join = (path: string, key: string): string => (path ? `${path}.${key}` : key)
