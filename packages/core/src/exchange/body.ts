import { isOidcError, oidcError } from '../base/errors.js'
import { decodeUtf8, parseJson } from '../base/json.js'
import { mediaType } from '../base/media-type.js'
import { readOnce } from '../base/parameters.js'
import type { Place } from './deadline.js'

type Source = Pick<Response, 'body' | 'headers'>

/** How many times larger than what was sent a body may become by decompression. JSON stays far below. */
const maxRatio = 20

/**
 * Reads the body of an answer; see {@link readBody}.
 *
 * @throws `BODY_TOO_LARGE`, `RESPONSE_MALFORMED`, `NETWORK_ERROR`
 */
export async function readAnswer(response: Response, limit: number, { operation, url }: Place): Promise<Uint8Array> {
  const details = { operation, http: { status: response.status, url } }
  try {
    return await readBody(response, limit, `The answer of ${url}`)
  } catch (error) {
    if (isOidcError(error)) throw oidcError(error.code, error.message, details)
    throw oidcError('NETWORK_ERROR', `The answer of ${url} broke off. Check the network and the server.`, { ...details, retryable: true })
  }
}

/**
 * Reads a body, decoded by the transport, up to a limit. What a hostile server sends beyond it is never held in memory.
 *
 * @param limit Bytes.
 * @throws `BODY_TOO_LARGE`, `RESPONSE_MALFORMED`
 */
export async function readBody(source: Source, limit: number, what: string): Promise<Uint8Array> {
  if (!source.body) return new Uint8Array()
  const declared = Number(source.headers.get('content-length') ?? 0)
  const encoding = source.headers.get('content-encoding')
  const unpacked = declared > 0 && encoding !== null && !/^identity$/i.test(encoding) ? declared * maxRatio : Infinity
  const reader = source.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    if (declared > limit) throw tooLarge(what, limit)
    if (encoding?.includes(','))
      throw oidcError('RESPONSE_MALFORMED', `${what} is compressed several times over, as no honest server does. Discard it.`)
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      if (length > limit) throw tooLarge(what, limit)
      if (length > unpacked)
        throw oidcError(
          'BODY_TOO_LARGE',
          `${what} is more than ${maxRatio} times larger than what was sent, as no honest one is. Discard it.`,
        )
      chunks.push(value)
    }
  } catch (error) {
    reader.cancel().catch(() => undefined)
    throw error
  }
  const [only] = chunks
  if (only && chunks.length === 1) return only
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/**
 * Reads the JSON body of a Request or Response that came outside of an operation.
 *
 * @param limit Bytes, 1 MiB by default.
 * @throws `BODY_INVALID`, `BODY_TOO_LARGE`
 */
export async function readJson(source: Source, limit = 1048576): Promise<unknown> {
  checkType(source, 'application/json')
  try {
    return parseJson(decodeUtf8(await readBody(source, limit, 'The body')))
  } catch (error) {
    throw asInvalid(error)
  }
}

/**
 * Reads an `application/x-www-form-urlencoded` body, each name once.
 *
 * @param limit Bytes, 1 MiB by default.
 * @throws `BODY_INVALID`, `BODY_TOO_LARGE`
 */
export async function readForm(source: Source, limit = 1048576): Promise<Readonly<Record<string, string>>> {
  checkType(source, 'application/x-www-form-urlencoded')
  try {
    return readOnce(new URLSearchParams(decodeUtf8(await readBody(source, limit, 'The body'))), limit)
  } catch (error) {
    throw asInvalid(error)
  }
}

function checkType({ headers }: Source, wanted: string): void {
  const type = mediaType(headers.get('content-type'))
  if (type !== wanted)
    throw oidcError(
      'BODY_INVALID',
      `The body is ${type ?? 'of no media type'}, and ${wanted} is wanted. Refuse the request with status 415.`,
    )
}

function asInvalid(error: unknown): unknown {
  if (isOidcError(error)) return error
  const problem = error instanceof SyntaxError ? error.message : 'it broke off, or was read before'
  return oidcError('BODY_INVALID', `The body cannot be used: ${problem}. Refuse the request with status 400.`)
}

function tooLarge(what: string, limit: number) {
  return oidcError('BODY_TOO_LARGE', `${what} is larger than ${limit} bytes. No honest one is; if yours is, raise the option limits.body.`)
}
