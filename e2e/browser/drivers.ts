// The browsers that playwright cannot drive as they are installed: Firefox over WebDriver BiDi, WebKitGTK over WebDriver.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** A tab, as far as every driver can do it. */
export interface Tab {
  go(url: string): Promise<void>
  /** Runs the body of an async function in the page, and gives its JSON. */
  run<T>(code: string): Promise<T>
  click(selector: string): Promise<void>
}

export interface Driver {
  open(): Promise<Tab>
  close(): Promise<void>
}

export interface BrowserKind {
  /** As in `[needs …]`. */
  readonly name: 'firefox' | 'webkitgtk'
  readonly isThere: boolean
  launch(): Promise<Driver>
}

const isThere = (path: string | undefined): path is string => path !== undefined && existsSync(path)
const firefoxPath = process.env.FIREFOX_PATH ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync)
const webkitDriver = '/usr/bin/WebKitWebDriver'
const miniBrowser = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/webkit2gtk-4.1/MiniBrowser`).find(existsSync)

export const kinds: readonly BrowserKind[] = [
  { name: 'firefox', isThere: isThere(firefoxPath), launch: launchFirefox },
  { name: 'webkitgtk', isThere: isThere(webkitDriver) && isThere(miniBrowser) && isThere('/usr/bin/Xvfb'), launch: launchWebKit },
]

async function launchFirefox(): Promise<Driver> {
  const { default: puppeteer } = await import('puppeteer-core')
  const browser = await puppeteer.launch({ browser: 'firefox', headless: true, ...(firefoxPath && { executablePath: firefoxPath }) })
  return {
    async open() {
      const page = await browser.newPage()
      return {
        go: async (url) => void (await page.goto(url, { waitUntil: 'domcontentloaded' })),
        run: (code) => page.evaluate(`(async () => { ${code} })()`) as never,
        click: (selector) => page.click(selector),
      }
    },
    close: () => browser.close(),
  }
}

async function launchWebKit(): Promise<Driver> {
  const { Builder, By, Capabilities } = await import('selenium-webdriver')
  const screen = await startScreen()
  const port = await findPort()
  const env = {
    ...process.env,
    DISPLAY: screen.display,
    // Without a session bus and a graphics card, as in containers.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
  }
  const server = spawn(webkitDriver, [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env })
  const address = `http://127.0.0.1:${port}`
  while (!(await fetch(`${address}/status`).catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 50))
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation', '--javascript-can-open-windows-automatically=true'] },
  })
  const driver = await new Builder().usingServer(address).withCapabilities(capabilities).build()
  await driver.manage().setTimeouts({ script: 20_000 })
  let isFirst = true
  // One window at a time is driven.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task, task)
    last = next.catch(() => undefined)
    return next
  }
  return {
    async open() {
      if (!isFirst) await inTurn(() => driver.switchTo().newWindow('tab'))
      isFirst = false
      const handle = await inTurn(() => driver.getWindowHandle())
      const here = <T>(task: () => Promise<T>): Promise<T> =>
        inTurn(async () => {
          await driver.switchTo().window(handle)
          return task()
        })
      return {
        go: (url) => here(() => driver.get(url)),
        run: async (code) => {
          const script = `const done = arguments[arguments.length - 1]; (async () => { ${code} })().then((value) => done({ value }), (error) => done({ error: String(error) }))`
          const answer = (await here(() => driver.executeAsyncScript(script))) as { readonly value?: never; readonly error?: string }
          if (answer.error !== undefined) throw new Error(answer.error)
          return answer.value as never
        },
        click: (selector) => here(() => driver.findElement(By.css(selector)).click()),
      }
    },
    async close() {
      await driver.quit().catch(() => undefined)
      server.kill()
      screen.stop()
    },
  }
}

async function findPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function startScreen(): Promise<{ display: string; stop(): void }> {
  if (process.env.DISPLAY) return { display: process.env.DISPLAY, stop: () => undefined }
  const child: ChildProcess = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.stdio[3]?.once('data', (data: Buffer) => resolve(String(data).trim()))
  })
  return { display: `:${number}`, stop: () => void child.kill() }
}
