import { encodeQr } from './qr-code.js'

export interface QrTextOptions {
  /** Whether the terminal writes dark on light. Most are dark, and there the light modules are drawn. */
  readonly isLight?: boolean | undefined
}

/** Modules of white that scanners need on all sides. */
const margin = 4

/**
 * Draws a QR code of a text, most often `verification_uri_complete ?? verification_uri`, in half blocks: two modules a character, one line for
 * two rows.
 *
 * @throws `DEVICE_QR_TOO_LONG`
 */
export function renderQrText(text: string, { isLight = false }: QrTextOptions = {}): string {
  const { size, isDark } = encodeQr(text)
  const isInked = (x: number, y: number) => (x >= 0 && y >= 0 && x < size && y < size && isDark(x, y)) === isLight
  let drawn = ''
  for (let y = -margin; y < size + margin; y += 2) {
    for (let x = -margin; x < size + margin; x++) {
      // The last line may have a lower half beyond the margin, which is left empty.
      const lower = y + 1 < size + margin && isInked(x, y + 1)
      drawn += isInked(x, y) ? (lower ? '█' : '▀') : lower ? '▄' : ' '
    }
    drawn += '\n'
  }
  return drawn
}

/**
 * Draws the same as an SVG image for pages. Nothing of the text stands in it but its modules.
 *
 * @throws `DEVICE_QR_TOO_LONG`
 */
export function renderQrSvg(text: string): string {
  const { size, isDark } = encodeQr(text)
  const side = size + 2 * margin
  let path = ''
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (isDark(x, y)) path += `M${x + margin} ${y + margin}h1v1h-1z`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges" role="img"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path}"/></svg>`
}
