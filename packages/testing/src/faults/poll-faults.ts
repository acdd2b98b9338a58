import { breakNetwork } from './changes.js'
import type { Fault } from './fault.js'

export type PollFaultName = 'poll_pending' | 'poll_slow_down' | 'poll_down' | 'poll_expired' | 'poll_denied' | 'poll_unknown_error'

/** Of the token endpoint while a user signs in on another device. {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628, section 3.5} */
export const pollFaults: Readonly<Record<PollFaultName, Fault>> = {
  poll_pending: { says: 'authorization_pending though the user has answered', poll: 'authorization_pending' },
  poll_slow_down: { says: 'slow_down though nobody was too fast', poll: 'slow_down' },
  poll_down: { says: 'no connection for a poll', poll: breakNetwork },
  poll_expired: { says: 'expired_token', poll: 'expired_token' },
  poll_denied: { says: 'access_denied though the user has agreed', poll: 'access_denied' },
  poll_unknown_error: { says: 'an error that no specification has, for a poll', poll: 'cannot_say' },
}
