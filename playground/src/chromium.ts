import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { posix, win32 } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

/** A Chromium that was seen to start. */
export interface Found {
  readonly executablePath: string
  readonly args: readonly string[]
}

/** What the machine has none of, why, and the line that installs it. */
export interface Missing {
  readonly missing: string
}

/** What the search asks of a machine; tests give another. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly isRoot: boolean
  exists(path: string): boolean
  /** The Chromium of the npm package; nothing where it is not installed or does not fit. */
  bundled(): Promise<Found | undefined>
  /** Starts and ends it. Throws where it does not start. */
  launch(found: Found): Promise<void>
}

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Flags of the npm package that switch off the very rules of a browser that the demo relies on, or that end the browser with its first page. */
const refused = [
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
  '--single-process',
  "--headless='shell'",
]

const thisMachine: Machine = {
  env: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  exists: existsSync,
  bundled: unpackBundled,
  async launch({ executablePath, args }) {
    const browser = await chromium.launch({ executablePath, args: [...args], timeout: 30_000 })
    await browser.close()
  },
}

/**
 * Finds a Chromium that starts: CHROME_PATH, the system's, then the one in the npm package @sparticuz/chromium. One that is there and does
 * not start, for a library is missing, counts as missing.
 */
export async function findChromium(machine: Machine = thisMachine): Promise<Found | Missing> {
  const args = [...flags, ...(machine.isRoot ? ['--no-sandbox'] : [])]
  const reasons: string[] = []
  const starts = async (found: Found) => {
    try {
      await machine.launch(found)
      return true
    } catch (error) {
      reasons.push(`${found.executablePath} does not start (${firstLine(error)})`)
      return false
    }
  }
  for (const executablePath of listPlaces(machine)) {
    const found = { executablePath, args }
    if (machine.exists(executablePath) && (await starts(found))) return found
  }
  const bundled = await machine
    .bundled()
    .catch((error: unknown) => void reasons.push(`@sparticuz/chromium does not unpack (${firstLine(error)})`))
  if (bundled) {
    const found = { ...bundled, args: [...new Set([...bundled.args.filter((flag) => !refused.includes(flag)), ...args])] }
    if (await starts(found)) return found
  }
  return { missing: [...reasons, `Install Chromium: ${installLine(machine.platform)}`].join('. ') }
}

/** Where a Chromium may stand, best first. */
function listPlaces({ env, platform }: Machine): string[] {
  const chosen = env.CHROME_PATH ? [env.CHROME_PATH] : []
  if (platform === 'win32') {
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter((root) => root !== undefined)
    const files = [
      'Chromium\\Application\\chrome.exe',
      'Google\\Chrome\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ]
    return [...chosen, ...files.flatMap((file) => roots.map((root) => win32.join(root, file)))]
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '')
  const onPath = names.flatMap((name) => folders.map((folder) => posix.join(folder, name)))
  const apps = ['Chromium', 'Google Chrome', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
  return [...chosen, ...onPath, ...(platform === 'darwin' ? apps : [])]
}

function installLine(platform: string): string {
  if (platform === 'darwin') return 'brew install --cask chromium'
  if (platform === 'win32') return 'winget install Google.Chrome'
  return "sudo apt-get install -y chromium (or your system's way), or name one: CHROME_PATH=/path/to/chrome"
}

/**
 * Unpacks the npm package's Chromium into a folder of this checkout. Left alone, the package unpacks to one file in the shared temporary
 * folder and runs whatever already stands there: of another user, or half written by another process.
 */
async function unpackBundled(): Promise<Found | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const { default: bundle } = await import('@sparticuz/chromium').catch(() => ({ default: undefined }))
  if (!bundle) return undefined
  const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))
  // The resolved path holds the package's version.
  const version = createHash('sha256')
    .update(import.meta.resolve('@sparticuz/chromium'))
    .digest('hex')
    .slice(0, 8)
  const folder = posix.join(cache, `chromium-${version}`)
  const found = { executablePath: posix.join(folder, 'chromium'), args: bundle.args }
  if (existsSync(folder)) return found
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(posix.join(cache, 'unpacking-'))
  const temporary = process.env.TMPDIR
  process.env.TMPDIR = fresh
  try {
    await bundle.executablePath()
    // Who comes second finds the folder of the first, just as good.
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    if (temporary === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = temporary
    await rm(fresh, { recursive: true, force: true })
  }
  return found
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const lines = text.split('\n').map((line) => line.trim())
  return (lines.find((line) => line.includes('error while loading shared libraries')) ?? lines[0] ?? '').slice(0, 300)
}
