import { expect, test } from 'vitest'
import { findChromium, type Machine } from './chromium.ts'

interface Sketch {
  readonly files?: readonly string[]
  /** Files that are there and do not start, with the reason. */
  readonly broken?: Readonly<Record<string, string>>
  readonly machine?: Partial<Machine>
}

function draw({ files = [], broken = {}, machine = {} }: Sketch): Machine {
  return {
    env: { PATH: '/usr/local/bin:/usr/bin' },
    platform: 'linux',
    isRoot: false,
    exists: (path) => files.includes(path),
    bundled: async () => undefined,
    async launch({ executablePath }) {
      const reason = broken[executablePath]
      if (reason !== undefined) throw new Error(reason)
    },
    ...machine,
  }
}

const bundle = async () => ({ executablePath: '/cache/chromium', args: ['--no-pings', '--disable-web-security', '--disable-gpu'] })
const both = ['/usr/bin/google-chrome', '/usr/bin/chromium']

test.each<[string, Sketch, string]>([
  [
    'CHROME_PATH comes before the system',
    { files: ['/my/chrome', ...both], machine: { env: { PATH: '/usr/bin', CHROME_PATH: '/my/chrome' } } },
    '/my/chrome',
  ],
  [
    'a CHROME_PATH that is not there is passed over',
    { files: both, machine: { env: { PATH: '/usr/bin', CHROME_PATH: '/gone' } } },
    '/usr/bin/chromium',
  ],
  ['chromium comes before google-chrome', { files: both }, '/usr/bin/chromium'],
  ['one that does not start is passed over', { files: both, broken: { '/usr/bin/chromium': 'exited' } }, '/usr/bin/google-chrome'],
  ['the system comes before the npm package', { files: both, machine: { bundled: bundle } }, '/usr/bin/chromium'],
  ['the npm package is the last', { machine: { bundled: bundle } }, '/cache/chromium'],
  [
    'macOS has applications',
    { files: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'], machine: { platform: 'darwin' } },
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  [
    'Windows has program folders',
    {
      files: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'],
      machine: { platform: 'win32', env: { PROGRAMFILES: 'C:\\Program Files' } },
    },
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ],
])('findChromium: %s', async (_rule, sketch, executablePath) => {
  expect(await findChromium(draw(sketch))).toMatchObject({ executablePath })
})

test('findChromium: the sandbox is left out for root alone', async () => {
  expect(await findChromium(draw({ files: both }))).toMatchObject({ args: expect.not.arrayContaining(['--no-sandbox']) })
  expect(await findChromium(draw({ files: both, machine: { isRoot: true } }))).toMatchObject({
    args: expect.arrayContaining(['--no-sandbox']),
  })
})

test('findChromium: flags of the npm package that switch off the rules of a browser are left out', async () => {
  const found = await findChromium(draw({ machine: { bundled: bundle } }))
  expect(found).toMatchObject({ args: expect.arrayContaining(['--no-pings', '--disable-quic']) })
  expect(found).toMatchObject({ args: expect.not.arrayContaining(['--disable-web-security']) })
})

test('findChromium: where there is none, it says why and how to install it', async () => {
  expect(await findChromium(draw({}))).toEqual({ missing: expect.stringMatching(/^Install Chromium: sudo apt-get install -y chromium/) })
  expect(await findChromium(draw({ machine: { platform: 'darwin' } }))).toEqual({
    missing: 'Install Chromium: brew install --cask chromium',
  })
})

test('findChromium: one whose libraries are missing counts as missing, with the library named', async () => {
  const reason = 'Failed to launch\n  /cache/chromium: error while loading shared libraries: libnss3.so: cannot open shared object file'
  const found = await findChromium(draw({ broken: { '/cache/chromium': reason }, machine: { bundled: bundle } }))
  expect(found).toEqual({ missing: expect.stringMatching(/^\/cache\/chromium does not start \(.*libnss3\.so.*\)\. Install Chromium/) })
})

test('findChromium: an npm package that cannot be unpacked counts as missing, with its reason', async () => {
  const bundled = () => Promise.reject(new Error('no space left'))
  expect(await findChromium(draw({ machine: { bundled } }))).toEqual({
    missing: expect.stringMatching(/does not unpack \(no space left\)/),
  })
})
