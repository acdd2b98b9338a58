export { renderInstructions } from './instructions.js'
export { encodeQr, type QrCode } from './qr-code.js'
export { type QrTextOptions, renderQrSvg, renderQrText } from './render-qr.js'
