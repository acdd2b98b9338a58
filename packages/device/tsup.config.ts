import { buildOf } from '../../tsup.base.js'

export default buildOf(['src/index.ts', 'src/qr.ts'])
