/** Markup that is safe to send: made by {@link html} alone, so that everything else is escaped. */
export interface Html {
  readonly markup: string
}

type Part = string | number | Html | readonly Html[] | undefined

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A template whose holes are escaped, unless they hold {@link Html}. Attribute values must stand in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: strings.reduce((before, after, index) => before + render(parts[index - 1]) + after) }
}

/** Markup from elsewhere that is known to be safe, e.g. the form that oidc-provider makes for its logout. */
export function trustMarkup(markup: string): Html {
  return { markup }
}

function render(part: Part): string {
  if (part === undefined) return ''
  if (typeof part === 'object') return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('\n')
  return String(part).replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 44rem; padding: 0 1rem }
header { border-bottom: 1px solid #8886; color: GrayText; margin-bottom: 1.5rem; padding-bottom: .5rem }
label { display: block; margin-top: 1rem }
input { border: 1px solid #888; border-radius: .25rem; box-sizing: border-box; font: inherit; padding: .4rem; width: 100% }
button, .button { background: #1a5fb4; border: 0; border-radius: .25rem; color: #fff; cursor: pointer; display: inline-block; font: inherit; margin: 1rem .5rem 0 0; padding: .4rem 1rem; text-decoration: none }
button.quiet { background: #5e5c64 }
form.inline { display: inline }
dl { display: grid; gap: .25rem 1rem; grid-template-columns: max-content 1fr }
dt { color: GrayText } dd { margin: 0; overflow-wrap: anywhere }
pre { background: #8882; overflow-x: auto; padding: .75rem }
[role=alert] { border-left: .25rem solid #c01c28; padding: .25rem .75rem }
[role=status] { border-left: .25rem solid #26a269; padding: .25rem .75rem }`

/** A whole page. `place` says whose page it is: the demo has two parties with pages, and people should see where they are. */
export function page(place: string, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trustMarkup(style)}</style>
</head>
<body>
<header>${place}</header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.markup
}
