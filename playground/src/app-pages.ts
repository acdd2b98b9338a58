import { type Html, html, page } from './html.ts'

const place = 'Demo application'

/** What the page says of a person who is signed in. Of tokens it shows when they end and a fingerprint, never the token. */
export interface AccountView {
  readonly claims: Readonly<Record<string, unknown>>
  readonly tokens: readonly (readonly [name: string, value: string])[]
  /** What the last button did. */
  readonly notice?: string | undefined
  /** What the API answered. */
  readonly answer?: string | undefined
}

export function signedOutPage(notice?: string): string {
  return page(
    place,
    'You are signed out',
    html`${notice === undefined ? undefined : html`<p role="status">${notice}</p>`}
<p><a class="button" href="/login">Sign in</a></p>`,
  )
}

export function accountPage({ claims, tokens, notice, answer }: AccountView): string {
  return page(
    place,
    `Hello, ${String(claims.name ?? claims.sub)}`,
    html`${notice === undefined ? undefined : html`<p role="status">${notice}</p>`}
${answer === undefined ? undefined : html`<pre>${answer}</pre>`}
<h2>Claims</h2>
${list(Object.entries(claims).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))}
<h2>Tokens</h2>
${list(tokens)}
${button('/refresh', 'Refresh the tokens')}
${button('/tea', 'Call the API')}
${button('/logout', 'Sign out')}`,
  )
}

export function errorPage(code: string, message: string, server: readonly (readonly [name: string, value: string])[] = []): string {
  return page(
    place,
    'That did not work',
    html`<p role="alert"><strong>${code}</strong>: ${message}</p>
${server.length ? html`<p>The server said:</p>${list(server)}` : undefined}
<p><a href="/">Back to the start</a></p>`,
  )
}

function list(rows: readonly (readonly [string, string])[]): Html {
  return html`<dl>
${rows.map(([name, value]) => html`<dt>${name}</dt> <dd>${value}</dd>`)}
</dl>`
}

function button(action: string, text: string): Html {
  return html`<form class="inline" method="post" action="${action}"><button type="submit">${text}</button></form>`
}
