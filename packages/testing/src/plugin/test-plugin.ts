import { type ClientOptions, createClient, discover, isOidcError, publicClient, type ServerMetadata } from '@oidc/core'
import { oidcError, type Plugin } from '@oidc/core/plugin'
import { type FaultName, faultNames, faults } from '../faults/faults.js'
import type { Leak } from '../secrets.js'
import { createTestIssuer, type TestIssuer, type TestIssuerOptions } from '../test-issuer.js'
import { createTestRandom } from '../test-random.js'
import { guardInputs } from './guard-inputs.js'
import { type Flow, runLogin } from './login.js'
import { createNeighbour } from './neighbour.js'
import { describeRequests } from './trace.js'

export interface PluginTest {
  /** Of the client, beside `use`. */
  readonly client?: Partial<ClientOptions>
  /** Of the issuer, e.g. the client that it knows, or that proofs need a nonce. */
  readonly issuer?: TestIssuerOptions
  /** What the client does, where a login by code is not what the plugin is for. It must throw when something is wrong. */
  readonly flow?: Flow
  /** The `fetch` of the client: that of the issuer by default. */
  readonly fetch?: (issuer: TestIssuer) => typeof globalThis.fetch
  /** What of a request is another one each time, e.g. a signature with random numbers in it. JWTs need no mention. Global. */
  readonly varies?: RegExp
  /** Faults that this plugin is there to bear, each with a test of its own elsewhere. */
  readonly bears?: readonly FaultName[]
}

/** One thing that was tried, and what was wrong. */
export interface PluginCheck {
  readonly name: string
  readonly problem?: string
}

interface Run {
  readonly issuer: TestIssuer
  readonly leaks: readonly Leak[]
}

/**
 * Tests a plugin against the contract of docs/WRITE_A_PLUGIN.md: alone and in company, in every order; with its inputs watched; two users at once; against a
 * server that does every wrong that core refuses: with the plugin each must still be refused, as an OidcError, without a secret in it.
 *
 * @param plugin The plugin, or what makes one for each run.
 * @returns What was tried. @throws `PLUGIN_CONTRACT`, which lists every check that failed
 */
export async function testPlugin(
  plugin: Plugin | (() => Plugin | Promise<Plugin>),
  test: PluginTest = {},
): Promise<readonly PluginCheck[]> {
  const make = async (): Promise<Plugin> => (typeof plugin === 'function' ? plugin() : plugin)
  const { name, requires } = await make()
  const checks: PluginCheck[] = []
  const check = async (what: string, run: () => Promise<string | undefined>): Promise<void> => {
    const problem = await run().catch((error: unknown) => String(error))
    checks.push({ name: what, ...(problem !== undefined && { problem }) })
  }
  await check('a login works, and no event shows a secret', async () => describeLeaks(await runOnce(test, [await make()])))
  for (const member of requires?.server ?? [])
    await check(`a server without ${member} is refused when the client is made`, async () => expectEarlyRefusal(test, await make(), member))
  await check('in company, the order of registration is not seen', async () => compareOrders(test, make))
  await check('it leaves its inputs alone', async () => watchInputs(test, await make()))
  await check('two users at once are kept apart', async () => describeLeaks(await runTwice(test, await make())))
  for (const fault of faultNames)
    if (faults[fault].refusedAt && !test.bears?.includes(fault))
      await check(`still refused: ${fault}, ${faults[fault].says}`, async () => expectRefusal(test, await make(), fault))
  const failed = checks.flatMap(({ name: what, problem }) => (problem === undefined ? [] : [`${what}: ${problem}`]))
  if (failed.length)
    throw oidcError(
      'PLUGIN_CONTRACT',
      `The plugin ${name} breaks ${failed.length} of ${checks.length} rules of the contract:\n${failed.join('\n')}\nMend it, or say in the option bears which fault it is there to bear.`,
    )
  return checks
}

function makeOptions(test: PluginTest, issuer: TestIssuer, use: readonly Plugin[], events: unknown[]): ClientOptions {
  return {
    client_id: 'app',
    authentication: publicClient(),
    clock: issuer.clock,
    random: createTestRandom(),
    fetch: test.fetch?.(issuer) ?? issuer.fetch,
    onEvent: (event) => events.push(event),
    ...test.client,
    use: [...(test.client?.use ?? []), ...use],
  }
}

async function runOnce(test: PluginTest, use: readonly Plugin[], prepare?: (issuer: TestIssuer) => void): Promise<Run> {
  const issuer = await createTestIssuer(test.issuer)
  prepare?.(issuer)
  const events: unknown[] = []
  try {
    const client = await discover(issuer.issuer, makeOptions(test, issuer, use, events))
    await (test.flow ?? runLogin)(client, issuer, 'user')
    return { issuer, leaks: issuer.findSecrets(events) }
  } catch (error) {
    throw Object.assign(error as Error, { leaks: [...issuer.findSecrets(error), ...issuer.findSecrets(events)] })
  }
}

async function runTwice(test: PluginTest, plugin: Plugin): Promise<Run> {
  const issuer = await createTestIssuer(test.issuer)
  const events: unknown[] = []
  const client = await discover(issuer.issuer, makeOptions(test, issuer, [plugin], events))
  await Promise.all(['anne', 'bert'].map((sub) => (test.flow ?? runLogin)(client, issuer, sub)))
  return { issuer, leaks: issuer.findSecrets(events) }
}

const describeLeaks = ({ leaks }: Pick<Run, 'leaks'>): string | undefined =>
  leaks.length ? `a secret is shown: ${leaks.map(({ kind, path }) => `${kind} at ${path}`).join(', ')}` : undefined

/** Demands of a plugin are told before anything is sent. */
async function expectEarlyRefusal(test: PluginTest, plugin: Plugin, member: string): Promise<string | undefined> {
  const issuer = await createTestIssuer(test.issuer)
  const { [member]: _, ...rest } = issuer.metadata
  try {
    createClient(rest as unknown as ServerMetadata, makeOptions(test, issuer, [plugin], []))
  } catch (error) {
    return isOidcError(error) && error.message.includes(member) ? undefined : `the error does not name ${member}`
  }
  return 'the client was made'
}

async function compareOrders(test: PluginTest, make: () => Promise<Plugin>): Promise<string | undefined> {
  let first: readonly string[] | undefined
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    const all = [await make(), createNeighbour('left'), createNeighbour('right')]
    const { issuer } = await runOnce(
      test,
      order.flatMap((index) => all[index] ?? []),
    )
    const trace = describeRequests(issuer.requests, test.varies)
    first ??= trace
    const different = trace.findIndex((line, index) => line !== first?.[index])
    if (different >= 0) return `request ${different + 1} is another one when registered as ${order.join(', ')}`
    if (trace.length !== first.length) return `${trace.length} requests instead of ${first.length} when registered as ${order.join(', ')}`
  }
  return undefined
}

async function watchInputs(test: PluginTest, plugin: Plugin): Promise<string | undefined> {
  const changed = new Set<string>()
  await runOnce(test, [guardInputs(plugin, (slot) => changed.add(slot))])
  return changed.size ? `changed in ${[...changed].join(', ')}` : undefined
}

async function expectRefusal(test: PluginTest, plugin: Plugin, fault: FaultName): Promise<string | undefined> {
  try {
    await runOnce(test, [plugin], (issuer) => issuer.fault(fault))
  } catch (error) {
    if (!isOidcError(error)) return `what was thrown is no OidcError: ${String(error)}`
    return describeLeaks(error as unknown as Pick<Run, 'leaks'>)
  }
  return 'it was accepted'
}
