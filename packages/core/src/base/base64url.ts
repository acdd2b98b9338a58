interface NodeBuffer {
  isEncoding?(encoding: string): boolean
  from(data: string | Uint8Array, encoding?: string): Uint8Array & { toString(encoding: string): string }
}

const utf8 = /* @__PURE__ */ new TextEncoder()

/** Encodes bytes, or a string as UTF-8, without padding ({@link https://www.rfc-editor.org/rfc/rfc7515#section-2 | RFC 7515 2}). */
export function encodeBase64Url(data: Uint8Array | string): string {
  const buffer = nodeBuffer()
  return buffer ? buffer.from(data).toString('base64url') : encodeBytes(data).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')
}

/**
 * Decodes what {@link encodeBase64Url} can have made and nothing else: no padding, no white space, no stray bits at the end, so that two
 * texts never mean the same bytes.
 *
 * @throws SyntaxError
 */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer> | undefined
  try {
    const buffer = nodeBuffer()
    bytes = buffer
      ? new Uint8Array(buffer.from(text, 'base64url'))
      : Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (byte) => byte.charCodeAt(0))
  } catch {}
  // Both decoders forgive much: only the way back is strict.
  if (bytes === undefined || encodeBase64Url(bytes) !== text) throw new SyntaxError('it is not base64url')
  return bytes
}

/** Encodes a string as UTF-8 in the standard alphabet with padding ({@link https://www.rfc-editor.org/rfc/rfc4648#section-4 | RFC 4648 4}). */
export function encodeBase64(text: string): string {
  return encodeBytes(text)
}

function encodeBytes(data: Uint8Array | string): string {
  let binary = ''
  for (const byte of typeof data === 'string' ? utf8.encode(data) : data) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Node's Buffer is many times faster than `btoa`. A Buffer made for browsers may not know base64url. */
function nodeBuffer(): NodeBuffer | undefined {
  const { Buffer } = globalThis as { Buffer?: NodeBuffer }
  return Buffer?.isEncoding?.('base64url') ? Buffer : undefined
}
