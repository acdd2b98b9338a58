import { browserError } from './browser-error.js'

const database = 'oidc'
const table = 'keys'

/**
 * Keeps a key pair in IndexedDB, for all tabs of this origin: one that no script can read out stays so there. Made when it is first wanted.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-11.4 RFC 9449, section 11.4}
 *
 * @example use: async () => [dpop({ keyPair: await keepKeyPair('dpop', () => generateDPoPKeyPair()) })]
 * @throws `BROWSER_STORAGE_UNAVAILABLE`
 */
export async function keepKeyPair<Pair>(name: string, make: () => Promise<Pair>): Promise<Pair> {
  const db = await open()
  try {
    const known = await run<Pair | undefined>(db, 'readonly', (keys) => keys.get(name))
    if (known) return known
    const made = await make()
    // Two tabs may make one at once: the first that is written counts for both.
    await run(db, 'readwrite', (keys) => keys.add(made, name)).catch(() => undefined)
    return (await run<Pair | undefined>(db, 'readonly', (keys) => keys.get(name))) ?? made
  } finally {
    db.close()
  }
}

/** Forgets a key pair, e.g. at logout. */
export async function forgetKeyPair(name: string): Promise<void> {
  const db = await open()
  try {
    await run(db, 'readwrite', (keys) => keys.delete(name))
  } finally {
    db.close()
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const fail = (): void =>
      reject(
        browserError(
          'BROWSER_STORAGE_UNAVAILABLE',
          'IndexedDB cannot be used, and the key is to be kept there. Ask the user to allow site data, or make a key for each page.',
        ),
      )
    try {
      const request = indexedDB.open(database, 1)
      request.onupgradeneeded = () => void request.result.createObjectStore(table)
      request.onsuccess = () => resolve(request.result)
      request.onerror = fail
    } catch {
      fail()
    }
  })
}

function run<Result>(db: IDBDatabase, mode: IDBTransactionMode, use: (keys: IDBObjectStore) => IDBRequest): Promise<Result> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(table, mode)
    const request = use(transaction.objectStore(table))
    transaction.oncomplete = () => resolve(request.result as Result)
    transaction.onerror = () => reject(transaction.error)
    transaction.onabort = () => reject(transaction.error)
  })
}
