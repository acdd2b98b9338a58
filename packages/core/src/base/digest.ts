export type DigestName = 'SHA-256' | 'SHA-384' | 'SHA-512'

interface WithBuiltins {
  readonly process?: { getBuiltinModule?(id: string): NodeCrypto | undefined }
}

interface NodeCrypto {
  hash?(name: string, data: string | Uint8Array, encoding: 'buffer'): Uint8Array
}

/**
 * Hashes bytes, or a string as UTF-8: synchronously where the platform can (Node, Bun, Deno), with WebCrypto elsewhere.
 *
 * Not for secrets that a person chose.
 */
export function digest(name: DigestName, data: string | Uint8Array): Uint8Array | Promise<Uint8Array> {
  const node = (globalThis as WithBuiltins).process?.getBuiltinModule?.('node:crypto')
  // `hash` takes half the time of `createHash`.
  return node?.hash ? node.hash(name.replace('-', ''), data, 'buffer') : digestWithWebCrypto(name, data)
}

/** {@link digest} with SHA-256. */
export function sha256(data: string | Uint8Array): Uint8Array | Promise<Uint8Array> {
  return digest('SHA-256', data)
}

async function digestWithWebCrypto(name: DigestName, data: string | Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, typeof data === 'string' ? new TextEncoder().encode(data) : data.slice()))
}
