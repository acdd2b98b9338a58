import { createHash } from 'node:crypto'
import type { EndSessionForm } from '@oidc/logout'
import { escapeHtml } from './html.js'

const script = 'document.forms[0].submit()'

/** A page whose form posts itself, with a button where scripts do not run. */
export function renderForm({ action, parameters }: EndSessionForm): { readonly html: string; readonly policy: string } {
  const inputs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((each) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(each)}">`),
  )
  const hash = createHash('sha256').update(script).digest('base64')
  return {
    html: `<!doctype html><title>Sign out</title><form method="post" action="${escapeHtml(action)}">${inputs.join('')}<button>Sign out</button></form><script>${script}</script>`,
    policy: `default-src 'none'; script-src 'sha256-${hash}'; frame-ancestors 'none'`,
  }
}
