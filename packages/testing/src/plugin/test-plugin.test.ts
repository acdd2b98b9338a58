import { isOidcError } from '@oidc/core'
import { oidcError, on, type Plugin, tokenOperation } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { faults } from '../faults/faults.js'
import { faultNames } from '../index.js'
import { testPlugin } from './test-plugin.js'

const messageOf = async (plugin: Plugin | (() => Plugin)): Promise<string> => {
  const thrown = await testPlugin(plugin).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown) && thrown.code === 'PLUGIN_CONTRACT') return thrown.message
  throw new Error('PLUGIN_CONTRACT was not thrown', { cause: thrown })
}

describe('testPlugin', () => {
  it('F-U2: a plugin that keeps to the contract passes: every check that there is was made', async () => {
    const checks = await testPlugin({
      name: 'keeps-to-it',
      requires: { server: ['token_endpoint'] },
      authorization: { parameters: () => ({ organization: 'one' }) },
      exchange: { headers: ({ attempt }) => ({ 'x-attempt': String(attempt) }) },
    })
    expect(checks.every(({ problem }) => problem === undefined)).toBe(true)
    expect(checks).toHaveLength(5 + faultNames.filter((name) => faults[name].refusedAt).length)
  })

  it('F-U2: one that changes its inputs fails, and the slot is named', async () => {
    const message = await messageOf({
      name: 'changes-its-input',
      authorization: {
        parameters(request) {
          request.append('more', 'than it was')
          return undefined
        },
      },
    })
    expect(message).toContain('it leaves its inputs alone: changed in authorization.parameters')
  })

  it('F-U2: one that opens what was not sent to it fails: what core refuses without it is accepted', async () => {
    const message = await messageOf({
      name: 'repairs-the-answer',
      exchange: {
        unseal: async (response) => {
          const text = await response.text()
          if (!text.includes('token_type')) return new Response(text, response)
          return new Response(text.replace('"mac"', '"Bearer"'), { status: response.status, headers: response.headers })
        },
      },
    })
    expect(message).toContain('still refused: token_unknown_type')
    expect(message).toContain('it was accepted')
  })

  it('F-U2: one whose hooks throw something else than an OidcError fails', async () => {
    const message = await messageOf({
      name: 'throws-anything',
      operations: [on(tokenOperation, { check: () => Promise.reject(new TypeError('no')) })],
    })
    expect(message).toContain('a login works, and no event shows a secret')
  })

  it('F-U2: one that counts on its place in the order fails', async () => {
    let made = 0
    const message = await messageOf(() => {
      const number = ++made
      return { name: 'counts', authorization: { parameters: () => ({ number: String(number) }) } }
    })
    expect(message).toContain('the order of registration is not seen: request')
  })

  it('F-U2: one that puts a secret into its error fails', async () => {
    const message = await messageOf({
      name: 'tells-secrets',
      async around({ authorization }, next) {
        try {
          return await next()
        } catch {
          throw oidcError('TOLD', `It failed for the code ${authorization?.response.parameters.code}. Try again.`)
        }
      },
    })
    expect(message).toContain('still refused: token_html, a web page: a secret is shown: code at stack, code at message')
  })

  it('F-U2: one that mixes up two users fails', async () => {
    let last: unknown
    const message = await messageOf({
      name: 'remembers-one-user',
      operations: [
        on(tokenOperation, {
          check({ claims }) {
            last ??= claims?.sub
            if (claims && claims.sub !== last) throw new Error('another user')
          },
        }),
      ],
    })
    expect(message).toContain('two users at once are kept apart')
  })
})
