import { type Client, discover, publicClient } from '@oidc/core'
import { createClockOffset } from './clock-offset.js'
import { type BrowserSessionOptions, clientOptionsOf } from './options.js'
import type { TabStorage } from './storage.js'

/**
 * The client of a session, made when it is first wanted. A failure is not kept: the next call tries again.
 *
 * @param marks Where the offset of the clock is kept, which is the device's.
 */
export function createClientSource(options: BrowserSessionOptions, name: string, marks: TabStorage): () => Promise<Client> {
  const { issuer, authentication = publicClient(), use, clockOffset } = options
  const own = clientOptionsOf(options)
  const clocked = clockOffset === undefined ? own : { ...own, ...createClockOffset(own, marks, `${name}:offset`) }
  let making: Promise<Client> | undefined
  return () => {
    making ??= (async () => {
      const plugins = typeof use === 'function' ? await use() : use
      return discover(issuer, { ...clocked, authentication, ...(plugins && { use: plugins }) })
    })().catch((error: unknown) => {
      making = undefined
      throw error
    })
    return making
  }
}
