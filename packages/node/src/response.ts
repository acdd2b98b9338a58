import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

/** Statuses that have no body, whatever the server sends. */
const bodiless = /* @__PURE__ */ new Set([101, 204, 205, 304])

/** A Response of the web platform over what Node received; its body is read as the caller reads it. */
export function makeResponse(message: IncomingMessage, method: string, signal: AbortSignal | undefined): Response {
  const status = message.statusCode ?? 0
  const headers = new Headers()
  const { rawHeaders } = message
  for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '')
  const init = { status, statusText: message.statusMessage ?? '', headers }
  if (method === 'HEAD' || bodiless.has(status)) {
    message.resume()
    return new Response(null, init)
  }
  return new Response(toStream(decompress(message), message, signal), init)
}

/** One coding at most: core refuses more by the header, and nobody else needs them. */
function decompress(message: IncomingMessage): Readable {
  const coding = message.headers['content-encoding']?.trim().toLowerCase()
  const decoder =
    coding === 'gzip' || coding === 'x-gzip'
      ? createGunzip()
      : coding === 'br'
        ? createBrotliDecompress()
        : coding === 'deflate'
          ? createInflate()
          : undefined
  if (!decoder) return message
  message.once('error', (error) => decoder.destroy(error))
  message.once('aborted', () => decoder.destroy(reset()))
  return message.pipe(decoder)
}

const reset = (): Error => Object.assign(new Error('The connection was closed in the middle of the answer.'), { code: 'ECONNRESET' })

/** Nothing is read ahead of the caller, so that a body beyond a limit is never held in memory. */
function toStream(source: Readable, message: IncomingMessage, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  let isDone = false
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const onAbort = (): void => fail(signal?.reason)
        const finish = (end: () => void): void => {
          if (isDone) return
          isDone = true
          signal?.removeEventListener('abort', onAbort)
          end()
        }
        const fail = (error: unknown): void =>
          finish(() => {
            controller.error(error)
            message.destroy()
          })
        signal?.addEventListener('abort', onAbort, { once: true })
        source.on('data', (chunk: Buffer) => {
          // A pooled buffer of Node's is not the caller's to keep.
          controller.enqueue(new Uint8Array(chunk))
          source.pause()
        })
        source.once('end', () => finish(() => controller.close()))
        source.once('error', fail)
        source.once('close', () => {
          if (!source.readableEnded) fail(reset())
        })
        source.pause()
      },
      pull: () => void source.resume(),
      cancel() {
        isDone = true
        message.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}
