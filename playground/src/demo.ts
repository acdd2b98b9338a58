import { createRemoteJWKSet, customFetch, exportJWK, generateKeyPair } from 'jose'
import { createApp } from './app.ts'
import { connectClient } from './client.ts'
import { type Door, openDoor } from './listen.ts'
import { createProvider } from './provider.ts'
import { createRecorder, type Recorder } from './record.ts'
import { createApi } from './resource-server.ts'

export interface Demo {
  readonly url: string
  readonly issuer: string
  readonly apiUrl: string
  readonly recorder: Recorder
  close(): Promise<void>
}

const client_id = 'demo'

/** Starts the three parties. */
export async function startDemo(port = 0): Promise<Demo> {
  const doors: Door[] = []
  const close = async () => void (await Promise.all(doors.map((door) => door.close())))
  try {
    // The application is on another site than the provider, as in real life, so that browsers apply their rules for cookies across sites.
    doors.push(await openDoor('localhost', port))
    doors.push(await openDoor('127.0.0.1'), await openDoor('127.0.0.1'))
    return { ...(await furnish(doors)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function furnish([app, provider, api]: readonly Door[]): Promise<Omit<Demo, 'close'>> {
  if (!app || !provider || !api) throw new Error('There are three parties.')
  const recorder = createRecorder({ app: app.origin, provider: provider.origin, API: api.origin })
  const resource = `${api.origin}/`
  const apiUrl = `${api.origin}/tea`
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  provider.serve(
    await createProvider({
      issuer: provider.origin,
      client_id,
      clientKey: await exportJWK(publicKey),
      redirect_uri: `${app.origin}/callback`,
      post_logout_redirect_uri: `${app.origin}/`,
      resource,
    }),
  )
  const keys = createRemoteJWKSet(new URL(`${provider.origin}/jwks`), { [customFetch]: recorder.wrapFetch('API', fetch) })
  api.serve(createApi({ origin: api.origin, issuer: provider.origin, resource, keys }))
  const client = await connectClient({ issuer: provider.origin, client_id, privateKey, fetch: recorder.wrapFetch('app', fetch) })
  app.serve(createApp({ origin: app.origin, client, api: { url: apiUrl, resource } }))
  return { url: app.origin, issuer: provider.origin, apiUrl, recorder }
}
