import { clientCredentialsGrant, grant, isOidcError } from '@oidc/core'
import { json, type Operation, oidcError, on, type Plugin, poll, request, requirePlugin, tokenOperation } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { faults } from '../faults/faults.js'
import { faultNames } from '../index.js'
import { runLogin } from './login.js'
import { type PluginTest, testPlugin } from './test-plugin.js'

const messageOf = async (plugin: Plugin | (() => Plugin), test?: PluginTest): Promise<string> => {
  const thrown = await testPlugin(plugin, test).then(
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
    expect(checks).toHaveLength(7 + faultNames.filter((name) => faults[name].refusedAt).length)
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

  it('F-U2: a flow that swallows errors fails: also what was another login’s is accepted', async () => {
    const message = await messageOf({ name: 'does-nothing' }, { flow: (...flow) => runLogin(...flow).catch(() => undefined) })
    expect(message).toContain('still refused: callback_wrong_state, the state of another login: it was accepted')
    expect(message).toContain('still refused: the callback answer of another login: it was accepted')
    expect(message).toContain('still refused: the token answer of another login: it was accepted')
    expect(message).toContain('still refused: token_hanging, no answer at all, though the connection stands: it was accepted')
  })

  it('F-U2: a flow that is said to reach more than it does fails, and what was not tried is told apart from what was accepted', async () => {
    const begin: PluginTest['flow'] = async (client) => void (await clientCredentialsGrant(client))
    const message = await messageOf({ name: 'does-nothing' }, { flow: begin, reaches: ['discovery', 'token', 'userinfo'] })
    expect(message).toContain('still refused: userinfo_html, a web page for UserInfo: the flow gives the server no occasion for it')
    expect(message).not.toContain('still refused: token_html')
  })

  it('F-U2: faults of the plugin’s own answers are refused, survived and borne as the test says', async () => {
    const flow: PluginTest['flow'] = async (client, issuer) => {
      const code = await request(client, operation)
      issuer.approveDevice(code.user_code)
      await poll(client, { expires_in: 60 }, () =>
        grant(client, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: code.device_code }),
      )
    }
    const test: PluginTest = {
      flow,
      reaches: ['discovery'],
      refuses: ['device_no_code', 'poll_expired'],
      survives: ['poll_pending', 'poll_slow_down', 'poll_down'],
      bears: ['device_script_uri'],
    }
    const checks = await testPlugin({ name: 'signs-in-elsewhere' }, test)
    const names = checks.map(({ name }) => name.replace(/,.*/, ''))
    for (const name of [
      'still refused: device_no_code',
      'still refused: poll_expired',
      'survived: poll_slow_down once',
      'borne: device_script_uri',
    ])
      expect(names).toContain(name)
    const wrong = await messageOf(
      { name: 'signs-in-elsewhere' },
      { ...test, refuses: ['device_script_uri'], survives: ['poll_denied'], bears: [] },
    )
    expect(wrong).toContain('still refused: device_script_uri, a verification URI that is a script: it was accepted')
    expect(wrong).toContain('survived: poll_denied once, access_denied though the user has agreed: OidcError')
    const unborne = await messageOf({ name: 'signs-in-elsewhere' }, { ...test, bears: ['device_no_code', 'par_ok'] })
    expect(unborne).toContain('borne: device_no_code, no device_code: OidcError: NO_CODE')
    expect(unborne).toContain('borne: par_ok, a push answered with 200: the flow gives the server no occasion for it')
  })

  it('F-U2: a plugin is watched as the very object that its factory made, and is as it was afterwards', async () => {
    const seen = new Set<Plugin>()
    const plugin: Plugin = { name: 'is-itself', authorization: { parameters: () => undefined } }
    const { authorization } = plugin
    await testPlugin(plugin, {
      async flow(client, ...rest) {
        seen.add(requirePlugin(client, 'is-itself', { package: 'is-itself', factory: 'isItself()' }))
        await runLogin(client, ...rest)
      },
    })
    expect([...seen]).toEqual([plugin])
    expect(plugin.authorization).toBe(authorization)
    const frozen = Object.freeze({ ...plugin, name: 'is-frozen' })
    expect((await testPlugin(frozen)).length).toBeGreaterThan(40)
  })
})

interface DeviceCode {
  readonly device_code: string
  readonly user_code: string
}

const operation: Operation<DeviceCode> = {
  name: 'device_authorization',
  endpoint: 'device_authorization_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'safe',
  accept: { 'application/json': json },
  parse(body) {
    const code = body as DeviceCode
    if (code.device_code === undefined) throw oidcError('CODE_MISSING', 'NO_CODE. Ask again.')
    return code
  },
}
