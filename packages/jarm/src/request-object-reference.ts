import { type Client, checkUrl, now, randomToken } from '@oidc/core/plugin'
import { jarmError } from './jarm-error.js'

/** A request object that waits for the server. */
export interface StoredRequestObject {
  readonly request_object: string
  /** Epoch seconds. */
  readonly expires_at: number
}

/** Where request objects wait: a map of this process, or one that all processes of the application share. */
export interface RequestObjectStore {
  set(id: string, stored: StoredRequestObject): void | Promise<void>
  get(id: string): StoredRequestObject | undefined | Promise<StoredRequestObject | undefined>
  /** Gives it once: two at a time do not both get it. */
  take(id: string): StoredRequestObject | undefined | Promise<StoredRequestObject | undefined>
}

export interface RequestObjectReference {
  /** The https address at which `createRequestObjectHandler` answers; the name of the object is put after it. At most 468 characters. */
  readonly url: string | URL
  readonly store: RequestObjectStore
  /** Whether it is given out once. Until it expires by default: some servers fetch it twice. */
  readonly once?: boolean | undefined
}

/** Makes a function that keeps an object and gives its `request_uri`. @throws `URL_INVALID`, `URL_INSECURE`, `JAR_OPTION_INVALID` */
export function referTo({ url, store }: RequestObjectReference): (client: Client, object: string, expires_at: number) => Promise<string> {
  const base = checkUrl(url, 'reference.url of jar()', {}).href.replace(/\/$/, '')
  // The whole may have 512 (RFC 9101, section 5.2), and 44 of them are the name.
  if (base.includes('?') || base.length > 468)
    throw jarmError(
      'JAR_OPTION_INVALID',
      'The option reference.url has a query or is longer than 468 characters. Give a short one without.',
    )
  if (![store?.set, store?.get, store?.take].every((method) => typeof method === 'function'))
    throw jarmError('JAR_OPTION_INVALID', 'The option reference.store has no set, get and take. Give createRequestObjectStore().')
  return async (client, request_object, expires_at) => {
    const id = randomToken(client)
    await store.set(id, { request_object, expires_at })
    return `${base}/${id}`
  }
}

const maxObjects = 10000

/** Keeps the request objects of one process, the newest 10,000 of them. */
export function createRequestObjectStore(): RequestObjectStore {
  const objects = new Map<string, StoredRequestObject>()
  return {
    set(id, stored) {
      objects.set(id, stored)
      for (const oldest of objects.keys()) {
        if (objects.size <= maxObjects) break
        objects.delete(oldest)
      }
    },
    get: (id) => objects.get(id),
    take(id) {
      const stored = objects.get(id)
      objects.delete(id)
      return stored
    },
  }
}

/** Whether it may still be given out. */
export function isCurrent(client: Client, stored: StoredRequestObject | undefined): stored is StoredRequestObject {
  return stored !== undefined && now(client) < stored.expires_at
}
