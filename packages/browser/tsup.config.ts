import { buildOf } from '../../tsup.base.js'

export default buildOf(['src/index.ts', 'src/relay.ts', 'src/react.ts', 'src/worker.ts'])
