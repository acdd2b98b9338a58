import { type ClientOptions, createClient, discover, isOidcError, publicClient, type ServerMetadata } from '@oidc/core'
import { oidcError, type Plugin } from '@oidc/core/plugin'
import type { Step } from '../faults/fault.js'
import { type FaultName, faultNames, faults } from '../faults/faults.js'
import type { Leak } from '../secrets.js'
import { createTestIssuer, type TestIssuer, type TestIssuerOptions } from '../test-issuer.js'
import { createTestRandom } from '../test-random.js'
import { guardInputs } from './guard-inputs.js'
import { type Flow, runLogin } from './login.js'
import { createNeighbour } from './neighbour.js'
import { type Replayed, replayFrom } from './replay.js'
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
  /** What the flow goes through: what a server does wrong at other steps it cannot refuse. A login by code goes through all of them. */
  readonly reaches?: readonly Step[]
  /** Further faults that the flow must refuse: those of the plugin's own endpoints and answers, e.g. `par_no_request_uri`. */
  readonly refuses?: readonly FaultName[]
  /** Faults that happen once and must not end the flow, e.g. `poll_slow_down`. */
  readonly survives?: readonly FaultName[]
  /** Faults that the flow must get through however often they happen, because this plugin stands for what is missing. */
  readonly bears?: readonly FaultName[]
}

const allSteps: readonly Step[] = ['discovery', 'callback', 'token', 'userinfo', 'refresh']
/** Seconds that a client waits for a server that hangs. On a machine that is busy, the first may not be enough for what does answer. */
const patience = [0.1, 0.5, 2.5, 12.5]

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
 * server that does every wrong that core refuses, or that the plugin must, and with answers of another login played again: each must be refused, as an
 * OidcError, without a secret in it.
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
  const { reaches = allSteps, refuses = [], survives = [], bears = [] } = test
  for (const fault of faultNames) {
    const { refusedAt, says } = faults[fault]
    if (bears.includes(fault)) await check(`borne: ${fault}, ${says}`, async () => expectSuccess(test, await make(), fault))
    else if (refuses.includes(fault) || (refusedAt && reaches.includes(refusedAt)))
      await check(`still refused: ${fault}, ${says}`, async () => expectRefusal(test, await make(), fault))
    if (survives.includes(fault)) await check(`survived: ${fault} once, ${says}`, async () => expectSuccess(test, await make(), fault, 1))
  }
  for (const replayed of ['callback', 'token'] as const)
    if (reaches.includes('callback') && reaches.includes(replayed))
      await check(`still refused: the ${replayed} answer of another login`, async () => expectReplayRefusal(test, await make(), replayed))
  const failed = checks.flatMap(({ name: what, problem }) => (problem === undefined ? [] : [`${what}: ${problem}`]))
  if (failed.length)
    throw oidcError(
      'PLUGIN_CONTRACT',
      `The plugin ${name} breaks ${failed.length} of ${checks.length} rules of the contract:\n${failed.join('\n')}\nMend it, or say in the options what its flow reaches, and which fault it is there to bear.`,
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
  const { guarded, restore } = guardInputs(plugin, (slot) => changed.add(slot))
  try {
    await runOnce(test, [guarded])
  } finally {
    restore()
  }
  return changed.size ? `changed in ${[...changed].join(', ')}` : undefined
}

async function expectRefusal(test: PluginTest, plugin: Plugin, fault: FaultName): Promise<string | undefined> {
  if (!faults[fault].hangs) return (await tryFault(test, plugin, fault)).problem
  let trial: Trial | undefined
  for (const timeout of patience) {
    trial = await tryFault({ ...test, client: { ...test.client, timeout } }, plugin, fault, 1)
    if (trial.isTried) break
  }
  return trial?.problem
}

interface Trial {
  readonly problem: string | undefined
  /** Whether the server had an occasion to do it. */
  readonly isTried: boolean
}

async function tryFault(test: PluginTest, plugin: Plugin, fault: FaultName, times?: number): Promise<Trial> {
  let issuer: TestIssuer | undefined
  const judge = (problem: string | undefined, untried: string): Trial => {
    const isTried = issuer?.faultsDone().includes(fault) ?? false
    return { isTried, problem: isTried ? problem : untried }
  }
  try {
    await runOnce(test, [plugin], (one) => {
      issuer = one
      one.fault(fault, times)
    })
  } catch (error) {
    const problem = isOidcError(error)
      ? describeLeaks(error as unknown as Pick<Run, 'leaks'>)
      : `what was thrown is no OidcError: ${String(error)}`
    return judge(problem, `it was not tried, for the flow ended before: ${String(error)}`)
  }
  return judge('it was accepted', 'the flow gives the server no occasion for it; say in the options what it reaches')
}

async function expectSuccess(test: PluginTest, plugin: Plugin, fault: FaultName, times?: number): Promise<string | undefined> {
  const run = await runOnce(test, [plugin], (issuer) => issuer.fault(fault, times))
  if (!run.issuer.faultsDone().includes(fault)) return 'the flow gives the server no occasion for it'
  return describeLeaks(run)
}

/** The same user signs in twice, and the second time gets what was the answer of the first. */
async function expectReplayRefusal(test: PluginTest, plugin: Plugin, replayed: Replayed): Promise<string | undefined> {
  const issuer = replayFrom(await createTestIssuer(test.issuer), replayed)
  const events: unknown[] = []
  const client = await discover(issuer.issuer, makeOptions(test, issuer, [plugin], events))
  const flow = test.flow ?? runLogin
  await flow(client, issuer, 'user')
  try {
    await flow(client, issuer, 'user')
  } catch (error) {
    if (!isOidcError(error)) return `what was thrown is no OidcError: ${String(error)}`
    return describeLeaks({ leaks: [...issuer.findSecrets(error), ...issuer.findSecrets(events)] })
  }
  return 'it was accepted'
}
