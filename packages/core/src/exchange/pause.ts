import { oidcError } from '../base/errors.js'
import type { Client } from '../client/client.js'
import { internalsOf } from '../client/internals.js'

/** Waits by the client's clock. @throws `ABORTED` */
export async function pause(client: Client, seconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await internalsOf(client).clock.sleep(seconds, signal)
  } catch (error) {
    if (!signal?.aborted) throw error
    throw oidcError('ABORTED', "The caller's signal ended the wait. Nothing is to be done if that was meant.", { cause: signal.reason })
  }
}
