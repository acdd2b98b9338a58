/** A body as it is handed to Node: whole, or as it comes. */
export type SentBody = string | Uint8Array | ReadableStream<Uint8Array> | undefined

/** Prepares a body, and says in the headers what it is and how long, as a fetch does. */
export async function readBody(body: BodyInit | null | undefined, headers: Record<string, string>): Promise<SentBody> {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string' || body instanceof URLSearchParams) {
    headers['content-type'] ??= typeof body === 'string' ? 'text/plain;charset=UTF-8' : 'application/x-www-form-urlencoded;charset=UTF-8'
    const text = body.toString()
    headers['content-length'] = String(Buffer.byteLength(text))
    return text
  }
  if (body instanceof ReadableStream) return body
  if (body instanceof Uint8Array) return measure(body, headers)
  // The web platform knows how the others are written.
  const whole = new Response(body)
  const type = whole.headers.get('content-type')
  if (type !== null) headers['content-type'] ??= type
  return measure(new Uint8Array(await whole.arrayBuffer()), headers)
}

function measure(bytes: Uint8Array, headers: Record<string, string>): Uint8Array {
  headers['content-length'] = String(bytes.length)
  return bytes
}
