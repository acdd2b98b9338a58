import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts text for itself, so that nobody can read or change it on its way through a browser. */
export interface Seal {
  /** @param context What the text belongs to; it must be the same when it is opened. */
  close(text: string, context: string): string
  /** `undefined` for whatever was not closed so, whatever the reason. */
  open(sealed: string, context: string): string | undefined
}

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16

/** AES-256-GCM. @param secrets The first one closes, all of them open, so that a secret can be replaced while logins are pending. */
export function createSeal(secrets: readonly string[], purpose: string): Seal {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)))
  return {
    close(text, context) {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv(algorithm, keys[0] as Buffer, iv, { authTagLength: tagLength }).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url')
      const [iv, tag, body] = [
        bytes.subarray(0, ivLength),
        bytes.subarray(ivLength, ivLength + tagLength),
        bytes.subarray(ivLength + tagLength),
      ]
      for (const key of keys) {
        try {
          const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagLength }).setAAD(Buffer.from(context)).setAuthTag(tag)
          return decipher.update(body, undefined, 'utf8') + decipher.final('utf8')
        } catch {
          // Of another key, cut off, or tampered with: all the same to whoever sent it.
        }
      }
      return undefined
    },
  }
}
