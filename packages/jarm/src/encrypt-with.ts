import type { Client, CryptoKey, JsonObject } from '@oidc/core/plugin'
import { CompactEncrypt } from 'jose/jwe/compact/encrypt'
import { jarmError } from './jarm-error.js'

/** A key of the server's key set whose `use` is `enc`, or the bytes of a symmetric one. */
export type EncryptionKey = CryptoKey | JsonObject | Uint8Array

export interface EncryptionOptions {
  /** The key, or a function that gives the current one: servers change theirs. */
  readonly key: EncryptionKey | (() => EncryptionKey | Promise<EncryptionKey>)
  /** Of the JWE. The client metadata's `request_object_encryption_alg` by default. */
  readonly alg?: string | undefined
  /** The client metadata's `request_object_encryption_enc` by default, else A128CBC-HS256. */
  readonly enc?: string | undefined
}

/** What the option `encrypt` of `jar()` takes. */
export interface RequestObjectEncryption {
  seal(client: Client, signed: string, typ: string): Promise<string>
}

/**
 * Encrypts request objects to the server, after they are signed. A function of its own, so that who does not encrypt bundles none of it.
 * {@link https://www.rfc-editor.org/rfc/rfc9101#section-6.1 RFC 9101, section 6.1}
 *
 * @throws `JAR_OPTION_INVALID`; from `createAuthorizationRequest`, `JAR_ENCRYPTION`
 */
export function encryptWith({ key, alg, enc }: EncryptionOptions): RequestObjectEncryption {
  if (key instanceof Promise || (typeof key !== 'function' && (typeof key !== 'object' || key === null)))
    throw jarmError(
      'JAR_OPTION_INVALID',
      'The key of encryptWith() is none. Give an encryption key of the server, or a function that gives it.',
    )
  return {
    async seal({ server, metadata }, signed, typ) {
      const used = {
        alg: alg ?? metadata.request_object_encryption_alg ?? '',
        enc: enc ?? metadata.request_object_encryption_enc ?? 'A128CBC-HS256',
      }
      for (const name of ['alg', 'enc'] as const) {
        const listed = server[`request_object_encryption_${name}_values_supported`]
        if (!used[name] || (listed && !listed.includes(used[name])))
          throw jarmError(
            'JAR_ENCRYPTION',
            `The ${name} of encryptWith() is ${JSON.stringify(used[name].slice(0, 32))}, and ${server.issuer} lists ${JSON.stringify(listed?.slice(0, 16) ?? 'none')}. Give one that it has.`,
          )
      }
      try {
        const given = await (typeof key === 'function' ? key() : key)
        const kid = 'kid' in given && typeof given.kid === 'string' ? { kid: given.kid } : {}
        return await new CompactEncrypt(new TextEncoder().encode(signed))
          .setProtectedHeader({ ...used, cty: 'JWT', typ, ...kid })
          .encrypt(given as CryptoKey)
      } catch (error) {
        throw jarmError(
          'JAR_ENCRYPTION',
          `The request object could not be encrypted with ${used.alg} and ${used.enc}: ${error instanceof Error ? error.name : 'it'} was thrown. Give a key of the server for that algorithm.`,
        )
      }
    },
  }
}
