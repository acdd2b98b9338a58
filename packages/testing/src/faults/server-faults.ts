import { answerWith, breakNetwork, everywhere } from './changes.js'
import type { Fault } from './fault.js'

export type ServerFaultName = 'server_busy' | 'server_down'

/** Of the whole server. */
export const serverFaults: Readonly<Record<ServerFaultName, Fault>> = {
  server_busy: {
    says: '503 with Retry-After everywhere',
    response: everywhere(answerWith('{"error":"temporarily_unavailable"}', { status: 503, headers: { 'retry-after': '1' } })),
  },
  server_down: { says: 'no connection to anything', response: everywhere(breakNetwork) },
}
