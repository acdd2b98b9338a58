import { demoUser } from '../account.ts'
import type { Demo } from '../demo.ts'
import type { Message } from '../record.ts'
import type { Tab, UserAgent } from './user-agent.ts'

export interface Step {
  readonly title: string
  /** Does it and says what was seen. Throws where that is not what should be. */
  run(): Promise<string>
}

export interface Scene {
  readonly demo: Demo
  readonly agent: UserAgent
  /** The callback URLs that the browser was sent to, oldest first. They hold codes: never show them. */
  readonly callbacks: readonly string[]
}

/** What the check does, in order: each step goes on from where the one before it ended. */
export async function planSteps(scene: Scene): Promise<readonly Step[]> {
  const { demo, agent } = scene
  const tab = await (await agent.newVisitor()).newTab()
  return [...planSignIn(scene, tab), ...planUse(scene, tab), ...planOthers({ demo, agent }), ...planSignOut(scene, tab)]
}

function planSignIn({ demo }: Scene, tab: Tab): Step[] {
  return [
    {
      title: 'a visitor is signed out',
      async run() {
        await tab.open(demo.url)
        return expectText(tab, /You are signed out/)
      },
    },
    {
      title: "the link leads to the provider's sign-in page, by a pushed request",
      async run() {
        const before = demo.recorder.messages.length
        await tab.follow('Sign in')
        expectMessage(demo, before, { from: 'app', path: '/request', status: 201 }, ['private_key_jwt'])
        return expectText(tab, /Demo OpenID Provider Sign in to continue to Demo application/)
      },
    },
    {
      title: 'a wrong password is refused',
      async run() {
        await enterPassword(tab, 'looking-glass')
        return expectText(tab, /Wrong user name or password/)
      },
    },
    {
      title: 'the right password leads to the consent page',
      async run() {
        await enterPassword(tab, demoUser.password)
        return expectText(tab, /alice, Demo application asks for:/)
      },
    },
    {
      title: 'consent leads back, and the claims are shown',
      async run() {
        const before = demo.recorder.messages.length
        await tab.press('Allow')
        expectMessage(demo, before, { from: 'app', path: '/token', status: 200 }, [
          'authorization_code',
          'private_key_jwt',
          'DPoP',
          'with nonce',
        ])
        await expectText(tab, new RegExp(demoUser.claims.email))
        return expectText(tab, /Hello, Alice Liddell/)
      },
    },
  ]
}

function planUse({ demo, callbacks }: Scene, tab: Tab): Step[] {
  return [
    {
      title: 'a refresh gives another refresh token, and an expiry that is no earlier',
      async run() {
        const before = await readTokens(tab)
        await tab.press('Refresh the tokens')
        const after = await readTokens(tab)
        if (after.fingerprint === before.fingerprint || after.expires < before.expires || after.refreshes !== before.refreshes + 1)
          throw new Error(`Wanted another refresh token, no earlier expiry and one refresh more. Saw ${JSON.stringify({ before, after })}`)
        return `refresh token ${before.fingerprint} became ${after.fingerprint}, expiry ${before.expires} became ${after.expires}`
      },
    },
    {
      title: 'the API answers the DPoP-bound token, after it asked for its own nonce',
      async run() {
        const before = demo.recorder.messages.length
        await tab.press('Call the API')
        expectMessage(demo, before, { to: 'API', status: 401 }, ['DPoP', 'a nonce is wanted'])
        expectMessage(demo, before, { to: 'API', status: 200 }, ['DPoP', 'with nonce', 'nonce retry'])
        return expectText(tab, /The API answered 200\..*Darjeeling/)
      },
    },
    {
      title: 'a reload shows the same person',
      async run() {
        await tab.reload()
        return expectText(tab, /Hello, Alice Liddell/)
      },
    },
    {
      title: 'the callback URL delivered again makes no token request and signs nobody out (S-C27)',
      async run() {
        const before = demo.recorder.messages.length
        await tab.open(firstCallback(callbacks))
        expectNoTokenRequest(demo, before)
        return expectText(tab, /Hello, Alice Liddell/)
      },
    },
  ]
}

function planOthers({ demo, agent }: Pick<Scene, 'demo' | 'agent'>): Step[] {
  return [
    {
      title: 'two sign-ins that are open in two tabs of one browser both succeed',
      async run() {
        const visitor = await agent.newVisitor()
        const tabs = [await visitor.newTab(), await visitor.newTab()]
        for (const tab of tabs) await tab.open(`${demo.url}/login`)
        const seen: string[] = []
        for (const tab of tabs) {
          await enterPassword(tab, demoUser.password)
          await tab.press('Allow')
          seen.push(await expectText(tab, /Hello, Alice Liddell/))
        }
        return seen.join(', and ')
      },
    },
    {
      title: 'Deny leads back to an error that is told as text, and nobody is signed in',
      async run() {
        const tab = await (await agent.newVisitor()).newTab()
        await tab.open(`${demo.url}/login`)
        await enterPassword(tab, demoUser.password)
        await tab.press('Deny')
        const seen = await expectText(tab, /That did not work The sign-in failed: .*access_denied[^.]*\./)
        await tab.open(demo.url)
        await expectText(tab, /You are signed out/)
        return seen
      },
    },
  ]
}

function planSignOut({ demo, callbacks }: Scene, tab: Tab): Step[] {
  return [
    {
      title: 'signing out revokes the refresh token and leads to the provider',
      async run() {
        await tab.open(demo.url)
        const before = demo.recorder.messages.length
        await tab.press('Sign out')
        expectMessage(demo, before, { from: 'app', path: '/token/revocation', status: 200 }, ['private_key_jwt'])
        return expectText(tab, /Demo OpenID Provider Sign out/)
      },
    },
    {
      title: 'the provider signs out as well and leads back',
      async run() {
        await tab.press('Yes, sign me out')
        return expectText(tab, /You are signed out/)
      },
    },
    {
      title: 'an old callback URL signs nobody in again and makes no token request',
      async run() {
        const before = demo.recorder.messages.length
        await tab.open(firstCallback(callbacks))
        expectNoTokenRequest(demo, before)
        const seen = await expectText(tab, /That did not work The sign-in failed: [^.]+\./)
        await tab.open(demo.url)
        await expectText(tab, /You are signed out/)
        return seen
      },
    },
    {
      title: 'the next sign-in asks for the password again',
      async run() {
        await tab.follow('Sign in')
        return expectText(tab, /Demo OpenID Provider Sign in to continue/)
      },
    },
  ]
}

async function enterPassword(tab: Tab, password: string): Promise<void> {
  await tab.type('User name', demoUser.username)
  await tab.type('Password', password)
  await tab.press('Sign in')
}

/** Gives the part of the page that was wanted. */
async function expectText(tab: Tab, wanted: RegExp): Promise<string> {
  const text = await tab.read()
  const [found] = wanted.exec(text) ?? []
  if (found === undefined) throw new Error(`Wanted a page that says ${wanted}. It says: ${text.slice(0, 500)}`)
  return found
}

async function readTokens(tab: Tab): Promise<{ fingerprint: string; expires: string; refreshes: number }> {
  const text = await tab.read()
  const [, expires, fingerprint, refreshes] = /Expires (\S+) Refresh token fingerprint (\w+) Refreshed (\d+) times/.exec(text) ?? []
  if (expires === undefined || fingerprint === undefined) throw new Error(`Wanted a page with tokens. It says: ${text.slice(0, 500)}`)
  return { fingerprint, expires, refreshes: Number(refreshes) }
}

function expectMessage({ recorder }: Demo, since: number, wanted: Partial<Message>, notes: readonly string[]): void {
  const messages = recorder.messages.slice(since)
  const isWanted = (message: Message) =>
    Object.entries(wanted).every(([name, value]) => Object.entries(message).some(([key, seen]) => key === name && seen === value)) &&
    notes.every((note) => message.notes.includes(note))
  if (!messages.some(isWanted)) throw new Error(`Wanted a message ${JSON.stringify({ ...wanted, notes })}. Saw ${JSON.stringify(messages)}`)
}

function expectNoTokenRequest({ recorder }: Demo, since: number): void {
  const requests = recorder.messages.slice(since).filter(({ from, to }) => from === 'app' && to === 'provider')
  if (requests.length) throw new Error(`Wanted no request to the provider. Saw ${JSON.stringify(requests)}`)
}

function firstCallback(callbacks: readonly string[]): string {
  const [first] = callbacks
  if (first === undefined) throw new Error('The browser was never sent to the callback.')
  return first
}
