import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Tarball } from './pack.ts'

export interface Registry {
  readonly url: string
  close(): void
}

/**
 * The registry of one scope, on loopback: it serves the tarballs as if they had been published. What others have published comes
 * from where npm gets it anyway, so that peers and dependencies are resolved as for any user.
 */
export async function startRegistry(tarballs: readonly Tarball[]): Promise<Registry> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/').slice(1)
    const file = tarballs.find(({ manifest }) => path === `${manifest.name}/-/package.tgz`)
    if (file) return void response.setHeader('content-type', 'application/octet-stream').end(file.bytes)
    const asked = tarballs.find(({ manifest }) => path === manifest.name)
    if (!asked) return void response.writeHead(404).end('{}')
    response.setHeader('content-type', 'application/json').end(JSON.stringify(describe(asked, url)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function describe({ manifest, bytes }: Tarball, url: string) {
  const { name, version, scripts = {} } = manifest
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const hasInstallScript = Object.keys(scripts).some((script) => /^(pre|post)?install$/.test(script))
  const dist = { tarball: `${url}${name}/-/package.tgz`, integrity }
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, hasInstallScript, dist } } }
}
