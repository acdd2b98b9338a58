import { randomToken as draw } from '../base/random.js'
import type { Client } from './client.js'
import { internalsOf } from './internals.js'

/** 256 random bits of the client's source in base64url: 43 characters. */
export function randomToken(client: Client): string {
  return draw(internalsOf(client).random)
}
