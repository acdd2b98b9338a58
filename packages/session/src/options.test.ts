import { discover } from '@oidc/core'
import { expect, it } from 'vitest'
import { createTokenSource, memoryStore } from './index.js'
import { createServer, login } from './session.test-server.js'

const store = memoryStore()

it.each<[string, unknown, unknown, string]>([
  ['no tokens, and no store', undefined, {}, 'There are no tokens'],
  ['no tokens, and no key', undefined, { store }, 'There are no tokens'],
  ['text', 'token', {}, 'of type string'],
  ['tokens without access_token', { token_type: 'Bearer' }, {}, 'no access_token'],
  ['a promise of tokens', Promise.resolve(login), {}, 'no access_token'],
  ['another grant', { grant_type: 'password' }, {}, 'client_credentials'],
  ['an unknown option', login, { stroe: store }, 'The option stroe is unknown'],
  ['an option from the prototype', login, { constructor: store }, 'The option constructor is unknown'],
  ['a key that is no text', login, { key: 7 }, 'The option key is of type number'],
  ['an empty key', login, { key: '' }, 'an empty string'],
  ['a lock without hold', login, { lock: {} }, 'no hold'],
  ['a lease that is too short', login, { lease: 0.5 }, 'from 1 to 3600'],
  ['a lease that is no number', login, { lease: Number.NaN }, 'from 1 to 3600'],
  ['an encryption without open', login, { encryption: { seal: () => '' } }, 'no seal and open'],
  ['null for an option', login, { onRefresh: null }, 'is null'],
  ['a store without take', login, { store: { get: () => undefined, set: () => undefined, delete: () => undefined } }, 'no take'],
])('%s is told before any request', async (_, credential, options, said) => {
  const server = createServer()
  const attempt = async () => createTokenSource(server.client(), credential as never, options as never).token()
  await expect(attempt()).rejects.toMatchObject({ code: 'SESSION_OPTION_INVALID', message: expect.stringContaining(said) })
  expect(server.seen).toEqual([])
})

it('a client that was not awaited is told at once', async () => {
  const { fetch } = createServer()
  const pending = discover('https://as.example', { client_id: 'app', authentication: undefined as never, fetch })
  pending.catch(() => undefined)
  expect(() => createTokenSource(pending as never, login)).toThrow(expect.objectContaining({ code: 'CLIENT_INVALID' }))
})
