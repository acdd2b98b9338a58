import type { DeviceAuthorization } from './device-authorization.js'

/**
 * What to tell the user, as plain text of a few lines, without a QR code; {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628, section 3.3}.
 * The code stands there even beside a QR code: the user compares it with what the other device shows.
 */
export function renderInstructions({ verification_uri, user_code, expires_in }: DeviceAuthorization): string {
  const minutes = Math.floor(expires_in / 60)
  const time = minutes > 0 ? `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}` : `${Math.floor(expires_in)} seconds`
  return `On your phone or computer, open\n\n    ${verification_uri}\n\nand enter the code\n\n    ${user_code}\n\nwithin ${time}.\n`
}
