import { type Html, html, page, trustMarkup } from './html.ts'

const place = 'Demo OpenID Provider'

export function loginPage(view: {
  readonly action: string
  readonly client: string
  readonly username?: string
  readonly refused?: boolean
}): string {
  return page(
    place,
    'Sign in',
    html`<p>to continue to ${view.client}</p>
${view.refused ? html`<p role="alert">Wrong user name or password. Try again.</p>` : undefined}
<form method="post" action="${view.action}">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" required value="${view.username}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>`,
  )
}

export function consentPage(view: {
  readonly action: string
  readonly client: string
  readonly username: string
  readonly scopes: readonly { readonly name: string; readonly meaning: string }[]
}): string {
  const asked = view.scopes.map(({ name, meaning }): Html => html`<li>${meaning} <code>(${name})</code></li>`)
  return page(
    place,
    'Allow access',
    html`<p>${view.username}, ${view.client} asks for:</p>
<ul>
${asked}
</ul>
<form method="post" action="${view.action}">
<button type="submit" name="answer" value="allow">Allow</button>
<button type="submit" name="answer" value="deny" class="quiet">Deny</button>
</form>`,
  )
}

/** @param form The hidden form that oidc-provider makes, with its own anti-forgery value and the id that the buttons name. */
export function logoutPage(form: string): string {
  return page(
    place,
    'Sign out',
    html`<p>An application asks to sign you out of this provider as well.</p>
${trustMarkup(form)}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>
<button type="submit" form="op.logoutForm" class="quiet">No, stay signed in</button>`,
  )
}

export function signedOutPage(): string {
  return page(place, 'Signed out', html`<p>You can close this page.</p>`)
}

export function providerErrorPage(error: string, description: string): string {
  return page(
    place,
    'That did not work',
    html`<p role="alert"><strong>${error}</strong>: ${description}</p>
<p>Go back to the application and start again.</p>`,
  )
}
