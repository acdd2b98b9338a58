import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkLayers } from './check-layers.ts'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

const core = {
  name: '@oidc/core',
  exports: { '.': {}, './oauth': {}, './plugin': {}, './package.json': './package.json' },
  dependencies: { jose: '^6' },
}
const peer = { peerDependencies: { '@oidc/core': 'workspace:^' }, devDependencies: { '@oidc/core': 'workspace:^' } }
const dpop = { name: '@oidc/dpop', exports: { '.': {} }, dependencies: { jose: '^6' }, ...peer }
const par = { name: '@oidc/par', exports: { '.': {} }, ...peer }
const passport = {
  name: '@oidc/passport',
  exports: { '.': {} },
  peerDependencies: { '@oidc/core': 'workspace:^', passport: '>=0.6', '@types/express': '*' },
}

/** A tree that breaks no rule, so that each violation below has one cause. */
const sound: Readonly<Record<string, string | object>> = {
  'packages/core/package.json': core,
  'packages/core/src/base/errors.ts': 'export const fail = (): void => {}\n',
  'packages/core/src/base/digest.ts': "import { fail } from './errors.js'\nexport const hash = () => [crypto.subtle, fail]\n",
  'packages/core/src/jose/verify.ts':
    "import { compactVerify } from 'jose/jws/compact/verify'\nimport { fail } from '../base/errors.js'\nexport const verify = [compactVerify, fail, crypto.subtle]\n",
  'packages/core/src/flows/grant.ts': "import type { verify } from '../jose/verify.js'\nexport type Grant = typeof verify\n",
  'packages/core/src/index.ts': "export type { Grant } from './flows/grant.js'\nexport { fail } from './base/errors.js'\n",
  'packages/core/src/oauth.ts': 'export {}\n',
  'packages/core/src/plugin.ts': 'export {}\n',
  'packages/core/src/base/errors.test.ts':
    "import type { Grant } from '../flows/grant.js'\nimport { it } from 'vitest'\nexport type G = Grant\nit('x')\n",
  'packages/dpop/package.json': dpop,
  'packages/dpop/src/index.ts': "import { fail } from '@oidc/core'\nimport 'jose/jwk/thumbprint'\nexport const dpop = fail\n",
  'packages/dpop/src/index.test.ts':
    "import { createServer } from 'node:http'\nimport { dpop } from '@oidc/dpop'\nexport const a = [createServer, dpop]\n",
  'packages/par/package.json': par,
  'packages/par/src/index.ts': "import * as plugin from '@oidc/core/plugin'\nexport const par = plugin\n",
  'packages/passport/package.json': passport,
  'packages/passport/src/index.ts':
    "import 'node:http'\nimport 'passport'\nimport type { Request } from 'express'\nexport type R = Request\n",
  'e2e/login.test.ts':
    "import { fail } from '@oidc/core'\nimport { par } from '@oidc/par'\nimport { it } from 'vitest'\nexport const a = [fail, par, it]\n",
}

/** Lays the sound tree, with some files replaced or added, into a folder of its own. */
function lay(changes: Readonly<Record<string, string | object>>): string {
  const root = mkdtempSync(join(tmpdir(), 'layers-'))
  made.push(root)
  for (const [path, content] of Object.entries({ ...sound, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
  }
  return root
}

const check = (changes: Readonly<Record<string, string | object>>) =>
  checkLayers(lay(changes)).map(({ file, line, message }) => `${file}:${line}: ${message}`)

it('a tree that keeps the rules has nothing to mend', () => {
  expect(check({})).toEqual([])
})

describe('floors of core', () => {
  it.each([
    ['import', "import { Grant } from '../flows/grant.js'\nexport const a = Grant\n"],
    ['import type', "import type { Grant } from '../flows/grant.js'\nexport type A = Grant\n"],
    ['export from', "export type { Grant } from '../flows/grant.js'\n"],
    ['import()', "export const load = () => import('../flows/grant.js')\n"],
    ["import('x').Type", "export type A = import('../flows/grant.js').Grant\n"],
  ])('a file imports only from its own floor and those before it: %s', (_, content) => {
    expect(check({ 'packages/core/src/metadata/server.ts': content })).toEqual([
      'packages/core/src/metadata/server.ts:1: metadata imports flows/grant.ts, which is on a later floor (flows). Move what is needed down to metadata or before it, or let flows pass it in',
    ])
  })

  it.each([
    ['base', 'metadata'],
    ['metadata', 'jose'],
    ['jose', 'client'],
    ['client', 'authentication'],
    ['authentication', 'exchange'],
    ['exchange', 'tokens'],
    ['tokens', 'flows'],
  ])('%s stands before %s, and not the other way round', (lower, upper) => {
    const lowerFile = `packages/core/src/${lower}/lower.ts`
    const upperFile = `packages/core/src/${upper}/upper.ts`
    const plain = 'export type A = 1\n'
    expect(check({ [lowerFile]: plain, [upperFile]: `import type { A } from '../${lower}/lower.js'\nexport type B = A\n` })).toEqual([])
    expect(check({ [upperFile]: plain, [lowerFile]: `\nimport type { A } from '../${upper}/upper.js'\nexport type B = A\n` })).toEqual([
      expect.stringContaining(`${lowerFile}:2: ${lower} imports ${upper}/upper.ts`),
    ])
  })

  it('no floor imports a door', () => {
    expect(check({ 'packages/core/src/flows/refresh.ts': "import { fail } from '../index.js'\nexport const a = fail\n" })).toEqual([
      expect.stringContaining('packages/core/src/flows/refresh.ts:1: flows imports index.ts'),
    ])
  })

  it.each(['packages/core/src/helpers.ts', 'packages/core/src/utils/text.ts'])('%s stands on no floor', (path) => {
    expect(check({ [path]: 'export {}\n' })).toEqual([expect.stringContaining(`${path}:1: stands on no floor`)])
  })
})

describe('circles', () => {
  it('two files of one floor do not import each other, types included', () => {
    expect(
      check({
        'packages/core/src/client/a.ts': "import type { B } from './b.js'\nexport type A = B\n",
        'packages/core/src/client/b.ts': "import { c } from './c.js'\nexport type B = typeof c\n",
        'packages/core/src/client/c.ts': "\nimport type { A } from './a.js'\nexport const c = 1 as A\n",
      }),
    ).toEqual([
      'packages/core/src/client/c.ts:2: closes a circle of imports: client/a.ts > client/b.ts > client/c.ts > client/a.ts. Move what both ends need into a file of its own',
    ])
  })

  it('a file does not import itself', () => {
    expect(check({ 'packages/par/src/a.ts': "export * as a from './a.js'\n" })).toEqual([
      expect.stringContaining('packages/par/src/a.ts:1: closes a circle of imports: a.ts > a.ts'),
    ])
  })

  it('two ways to one file are no circle', () => {
    expect(
      check({
        'packages/core/src/client/a.ts': "import './b.js'\nimport './c.js'\n",
        'packages/core/src/client/b.ts': "import './d.js'\n",
        'packages/core/src/client/c.ts': "import './d.js'\n",
        'packages/core/src/client/d.ts': 'export {}\n',
      }),
    ).toEqual([])
  })
})

describe('cryptography of core', () => {
  it('only the floor jose imports jose', () => {
    expect(check({ 'packages/core/src/tokens/keys.ts': "import type { A } from 'jose/jwk/import'\nexport type B = A\n" })).toEqual([
      expect.stringContaining('packages/core/src/tokens/keys.ts:1: imports jose/jwk/import; only the floor jose may'),
    ])
  })

  it.each([
    ['a property', 'export const a = crypto.subtle\n'],
    ['an element', "export const a = crypto['subtle']\n"],
    ['a binding', 'export const { subtle } = crypto\n'],
  ])('WebCrypto appears only in the floor jose and base/digest.ts: as %s', (_, content) => {
    expect(check({ 'packages/core/src/base/random.ts': content })).toEqual([
      expect.stringContaining('packages/core/src/base/random.ts:1: names WebCrypto'),
    ])
  })

  it.each(['packages/core/src/jose/sign.ts', 'packages/dpop/src/key.ts'])('jose is imported by subpath, never its barrel: %s', (path) => {
    expect(check({ [path]: "import type { JWK } from 'jose'\nexport type A = JWK\n" })).toEqual([
      expect.stringContaining(`${path}:1: imports all of jose`),
    ])
  })
})

describe('packages', () => {
  const importing = (specifier: string) => `import type { A } from '${specifier}'\nexport type B = A\n`

  it('an extension imports nothing of ours but core, in types and tests too', () => {
    const message = 'imports @oidc/par; of ours, dpop may rest on core'
    expect(check({ 'packages/dpop/src/a.ts': importing('@oidc/par') })).toEqual([
      expect.stringContaining(`packages/dpop/src/a.ts:1: ${message}`),
    ])
    expect(check({ 'packages/dpop/src/a.test.ts': importing('@oidc/par') })).toEqual([
      expect.stringContaining(`packages/dpop/src/a.test.ts:1: ${message}`),
    ])
  })

  it('core and passport rest on no extension', () => {
    expect(check({ 'packages/core/src/base/a.ts': importing('@oidc/par') })).toEqual([
      expect.stringContaining('packages/core/src/base/a.ts:1: imports @oidc/par; of ours, core may rest on nothing'),
    ])
    expect(check({ 'packages/passport/src/a.ts': importing('@oidc/dpop') })).toEqual([
      expect.stringContaining('packages/passport/src/a.ts:1: imports @oidc/dpop; of ours, passport may rest on core'),
    ])
  })

  it.each(['peerDependencies', 'devDependencies'])('an extension names nothing of ours but core among its %s', (group) => {
    const manifest = { ...par, [group]: { '@oidc/core': 'workspace:^', '@oidc/dpop': 'workspace:^' } }
    expect(check({ 'packages/par/package.json': manifest })).toEqual([
      expect.stringMatching(
        new RegExp(`^packages/par/package\\.json:\\d+: @oidc/dpop is among the ${group}; of ours, par may rest on core`),
      ),
    ])
  })

  it('core names nothing of ours at all', () => {
    expect(check({ 'packages/core/package.json': { ...core, devDependencies: { '@oidc/dpop': 'workspace:^' } } })).toEqual([
      expect.stringContaining('@oidc/dpop is among the devDependencies; of ours, core may rest on nothing'),
    ])
  })

  it('core is a peer, so that there is one copy of it, and follows the workspace', () => {
    expect(check({ 'packages/par/package.json': { ...par, dependencies: { '@oidc/core': 'workspace:^' } } })).toEqual([
      expect.stringContaining('@oidc/core is among the dependencies: two copies could be installed'),
    ])
    expect(check({ 'packages/par/package.json': { ...par, peerDependencies: { '@oidc/core': '^1.0.0' } } })).toEqual([
      'packages/par/package.json:7: @oidc/core is wanted as ^1.0.0. Write workspace:^',
    ])
  })

  it.each([
    ['core', core, 'core may bring along jose'],
    ['dpop', dpop, 'dpop may bring along jose'],
    ['passport', passport, 'passport may bring along nothing'],
  ])('%s brings along only what its layer allows', (name, manifest, message) => {
    for (const group of ['dependencies', 'optionalDependencies']) {
      expect(check({ [`packages/${name}/package.json`]: { ...manifest, [group]: { lodash: '^4' } } })).toEqual([
        expect.stringContaining(`lodash is among the ${group}; ${message}`),
      ])
    }
  })

  it('published files import only what will be installed with them', () => {
    expect(check({ 'packages/dpop/src/a.ts': importing('lodash/get') })).toEqual([
      expect.stringContaining('packages/dpop/src/a.ts:1: imports lodash/get; dpop may bring along jose'),
    ])
    expect(check({ 'packages/passport/src/a.ts': importing('express-session') })).toEqual([
      expect.stringContaining('packages/passport/src/a.ts:1: imports express-session; passport may bring along nothing'),
    ])
  })

  it('core and extensions run where there is no Node', () => {
    expect(check({ 'packages/par/src/a.ts': importing('node:crypto') })).toEqual([
      expect.stringContaining('packages/par/src/a.ts:1: imports node:crypto, and par must run where there is no Node'),
    ])
  })

  it.each([
    ['packages/dpop/src/a.ts', '@oidc/core/src/base/errors.js'],
    ['packages/dpop/src/a.test.ts', '@oidc/core/dist/index.js'],
    ['e2e/a.test.ts', '@oidc/core/base/errors'],
    ['playground/src/main.ts', '@oidc/jarm'],
  ])('%s imports nothing that is not exported (%s)', (path, specifier) => {
    expect(check({ [path]: importing(specifier) })).toEqual([
      expect.stringContaining(`${path}:1: imports ${specifier}, which its package does not export`),
    ])
  })

  it.each([
    ['packages/dpop/src/a.ts', '../../core/src/base/errors.js'],
    ['packages/dpop/src/a.test.ts', '../../core/src/base/errors.js'],
    ['e2e/a.test.ts', '../packages/core/src/base/errors.js'],
  ])('%s does not reach into another package by path', (path, specifier) => {
    expect(check({ [path]: importing(specifier) })).toEqual([expect.stringContaining(`${path}:1: reaches into packages/core`)])
  })

  it('published files do not leave their package, nor import tests', () => {
    expect(check({ 'packages/par/src/a.ts': importing('../../../scripts/x.js'), 'scripts/x.ts': 'export {}\n' })).toEqual([
      expect.stringContaining('packages/par/src/a.ts:1: leaves its package'),
    ])
    expect(check({ 'packages/dpop/src/a.ts': importing('./index.test.js') })).toEqual([
      expect.stringContaining('packages/dpop/src/a.ts:1: imports the test file ./index.test.js'),
    ])
  })

  it('a package does not import itself by name, but its tests may', () => {
    expect(check({ 'packages/par/src/a.ts': importing('@oidc/par') })).toEqual([
      expect.stringContaining('packages/par/src/a.ts:1: imports its own package by name'),
    ])
  })

  it('a new package says first what it may rest on', () => {
    expect(check({ 'packages/shared/package.json': { name: '@oidc/shared' } })).toEqual([
      expect.stringContaining('packages/shared/package.json:1: is a package without a layer'),
    ])
  })
})

describe('the command', () => {
  const run = (changes: Readonly<Record<string, string>>) => {
    const root = lay(changes)
    cpSync(join(import.meta.dirname, 'layers'), join(root, 'scripts', 'layers'), { recursive: true })
    cpSync(join(import.meta.dirname, 'check-layers.ts'), join(root, 'scripts', 'check-layers.ts'))
    writeFileSync(join(root, 'package.json'), '{"type":"module"}')
    symlinkSync(join(import.meta.dirname, '..', 'node_modules'), join(root, 'node_modules'), 'dir')
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'check-layers.ts')], { encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  it('exits 1 and prints file:line and what to do', () => {
    expect(run({ 'packages/core/src/base/a.ts': '\nexport const a = crypto.subtle\n' })).toEqual({
      status: 1,
      stdout: 'layers: 1 to mend\n',
      stderr:
        'packages/core/src/base/a.ts:2: names WebCrypto (`subtle`); only the floor jose and base/digest.ts may. Call a function of theirs.\n',
    })
  })

  it('exits 0 where there is nothing to mend', () => {
    expect(run({})).toEqual({ status: 0, stdout: 'layers: nothing to mend\n', stderr: '' })
  })
})
