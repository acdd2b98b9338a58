import { encodeBase64Url } from '@oidc/core/plugin'
import { sessionError } from './session-error.js'
import type { Encryption } from './vault.js'

/** A key of 32 bytes, as bytes or in base64url. */
export type EncryptionKey = string | Uint8Array

const vectorLength = 12

/**
 * Encrypts what is stored with AES-256-GCM, so that whoever reads the store, or a copy of it, finds no tokens.
 *
 * @param keys The first one encrypts; each of them decrypts, so that keys can be changed without ending sessions.
 * @throws `SESSION_OPTION_INVALID`
 */
export async function encryptWith(...keys: readonly EncryptionKey[]): Promise<Encryption> {
  const imported = await Promise.all(keys.map(importKey))
  const [first] = imported
  if (!first) throw invalid()
  return {
    async seal(text) {
      const iv = crypto.getRandomValues(new Uint8Array(vectorLength))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, first, new TextEncoder().encode(text))
      return `${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(sealed))}`
    },
    async open(sealed) {
      const [iv = '', content = ''] = sealed.split('.')
      for (const key of imported) {
        const opened = crypto.subtle.decrypt({ name: 'AES-GCM', iv: decode(iv) }, key, decode(content))
        const bytes = await opened.catch(() => undefined)
        if (bytes) return new TextDecoder().decode(bytes)
      }
      throw sessionError('SESSION_RECORD_INVALID', 'No key opens what is stored. Give the key that it was encrypted with.')
    },
  }
}

async function importKey(key: EncryptionKey): Promise<CryptoKey> {
  const bytes = typeof key === 'string' ? decode(key) : key
  if (bytes?.length !== 32) throw invalid()
  return crypto.subtle.importKey('raw', bytes.slice(), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** Empty for what is no base64url. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}

function invalid() {
  return sessionError('SESSION_OPTION_INVALID', 'A key is not 32 bytes long. Give 32 random bytes, as they are or in base64url.')
}
