import { encodeBase64Url, type HttpRequest, now, oidcError, type Plugin, sha256 } from '@oidc/core/plugin'

/** Signs every request of the client. {@link https://www.rfc-editor.org/rfc/rfc9421 RFC 9421} */
export function messageSignatures({ key, keyid }: { readonly key: CryptoKey; readonly keyid: string }): Plugin {
  if (key.algorithm.name !== 'Ed25519' || !key.usages.includes('sign'))
    throw oidcError('MESSAGE_SIGNATURES_KEY', `The key is for ${key.algorithm.name}. Give a private Ed25519 key that may sign.`)
  return {
    name: 'oidc-message-signatures',
    exchange: {
      // The last thing before a request leaves: whatever other plugins have added is there.
      async seal(request, { client, call }) {
        const digest = await digestBody(request)
        const headers = { ...request.headers, ...(digest !== undefined && { 'content-digest': digest }) }
        const covered = ['@method', '@target-uri', ...Object.keys(headers).sort()]
        const created = now(client)
        const parameters = `(${covered.map((name) => `"${name}"`).join(' ')});created=${created};keyid="${keyid}";alg="ed25519";tag="${client.metadata.client_id}/${call.operation.name}"`
        const base = [
          ...covered.map((name) => `"${name}": ${readComponent(request, headers, name)}`),
          `"@signature-params": ${parameters}`,
        ].join('\n')
        const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', key, new TextEncoder().encode(base)))
        return { ...request, headers: { ...headers, 'signature-input': `sig=${parameters}`, signature: `sig=:${toBase64(signature)}:` } }
      },
    },
  }
}

/** RFC 9530. A body that streams cannot be signed before it is sent. */
async function digestBody({ body }: HttpRequest): Promise<string | undefined> {
  if (body === undefined) return undefined
  if (typeof body !== 'string' && !(body instanceof URLSearchParams))
    throw oidcError('MESSAGE_SIGNATURES_BODY', 'The body is neither text nor a form, and only those are signed. Send a string.')
  return `sha-256=:${toBase64(await sha256(body.toString()))}:`
}

function readComponent({ method, url }: HttpRequest, headers: Readonly<Record<string, string>>, name: string): string {
  if (name === '@method') return method
  return name === '@target-uri' ? url : (headers[name] ?? '').trim()
}

const toBase64 = (bytes: Uint8Array): string => {
  const text = encodeBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}
