// `npm run test:mutation`: StrykerJS over what proves, verifies and compares, one package after the other. Ends with 1 where a package has less than
// 90 % (stryker.config.json).
//
//   npm run test:mutation                    core and every extension, which takes hours
//   npm run test:mutation -- dpop jarm       these packages; the report of each is coverage/mutation-NAME.json
import { spawnSync } from 'node:child_process'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The files of each extension; those of core stand in stryker.config.json. */
const extensions: Readonly<Record<string, readonly string[]>> = {
  ciba: ['binding', 'initiate', 'notification', 'parameters', 'pending', 'ping', 'poll-grant', 'push', 'signed-request'],
  device: ['device', 'device-authorization'],
  dpop: ['answers', 'nonce-challenge', 'nonces', 'proof', 'token-binding'],
  hybrid: ['front-channel', 'front-channel-response', 'hybrid', 'options'],
  introspection: ['expectation', 'introspection-response', 'signed-answer'],
  jarm: ['encrypt-with', 'jar', 'jarm', 'request-object', 'request-object-handler', 'request-object-reference'],
  logout: ['logout-token'],
  mtls: ['certificate-binding', 'mtls', 'tls-client-auth'],
  par: ['par', 'pushed-request'],
  registration: ['member-kinds', 'registration-metadata', 'registration-response'],
}

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => name !== 'core' && !Object.hasOwn(extensions, name))
if (unknown !== undefined) throw new Error(`There is no ${unknown}. Give core or ${Object.keys(extensions).join(', ')}.`)

const failed = (wanted.length ? wanted : ['core', ...Object.keys(extensions)]).filter((name) => {
  const files = extensions[name]?.map((file) => `packages/${name}/src/${file}.ts`) ?? []
  const { status } = spawnSync('stryker', ['run', ...(files.length ? ['--mutate', files.join()] : [])], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, MUTATION_PACKAGE: name },
    shell: process.platform === 'win32',
  })
  const report = join(root, 'coverage/mutation.json')
  if (existsSync(report)) renameSync(report, join(root, `coverage/mutation-${name}.json`))
  return status !== 0
})
if (failed.length) {
  console.error(`Too many changes went unnoticed in ${failed.join(', ')}.`)
  process.exitCode = 1
}
