import { isOidcError } from '@oidc/core'
import { expect, it } from 'vitest'
import { errorCodes, type NodeErrorCode } from './error-codes.js'
import { nodeFetch } from './index.js'
import { startProxy } from './node.test-server.js'

const raised: Readonly<Record<NodeErrorCode, () => Promise<unknown>>> = {
  NODE_FETCH_OPTION_INVALID: async () => nodeFetch({ proxy: 'ftp://anne:canary-password@proxy.example' }),
  NODE_EGRESS_REFUSED: () => nodeFetch({ egress: 'public' })('http://127.0.0.1/?secret=canary-query'),
  NODE_PROXY_REFUSED: async () => {
    const proxy = await startProxy('anne:right')
    return nodeFetch({ proxy: `http://anne:canary-password@127.0.0.1:${proxy.port}` })('https://op.example/?secret=canary-query')
  },
}

it.each(Object.keys(errorCodes) as NodeErrorCode[])('%s is raised, ends with a remedy, and shows no secret', async (code) => {
  const thrown: unknown = await raised[code]().catch((error: unknown) => error)
  expect(isOidcError(thrown) && thrown.code).toBe(code)
  expect(String(thrown)).toMatch(/\. [A-Z][^.]+\.$/)
  expect(JSON.stringify(thrown) + String(thrown)).not.toContain('canary')
})
