/** Reads the demo's own pages, whose attributes stand in double quotes. It is no parser for pages of others. */

export interface FilledForm {
  readonly url: string
  readonly method: string
  readonly body?: URLSearchParams | undefined
}

interface Element {
  readonly attributes: Readonly<Record<string, string>>
  readonly content: string
  /** Where it starts and ends in the page. */
  readonly at: number
  readonly end: number
}

/** The address of the link with this text. */
export function findLink(page: string, text: string): string {
  const link = findAll(page, 'a').find(({ content }) => readText(content) === text)
  if (link?.attributes.href === undefined) throw new Error(`The page has no link "${text}". It says: ${readText(page).slice(0, 300)}`)
  return link.attributes.href
}

/** What the browser sends when this button is pressed, with the typed text in the fields. */
export function fillForm(page: string, button: string, typed: ReadonlyMap<string, string>, address: string): FilledForm {
  const pressed = findAll(page, 'button').find(({ content }) => readText(content) === button)
  if (!pressed) throw new Error(`The page has no button "${button}". It says: ${readText(page).slice(0, 300)}`)
  const owner = pressed.attributes.form
  const form = findAll(page, 'form').find(({ attributes, at, end }) =>
    owner === undefined ? at < pressed.at && pressed.at < end : attributes.id === owner,
  )
  if (!form) throw new Error(`The button "${button}" belongs to no form.`)
  const labels = new Map(findAll(page, 'label').map(({ attributes, content }) => [attributes.for, readText(content)]))
  const body = new URLSearchParams()
  for (const { attributes } of findAll(form.content, 'input', true)) {
    const label = labels.get(attributes.id)
    body.append(attributes.name ?? '', (label === undefined ? undefined : typed.get(label)) ?? attributes.value ?? '')
  }
  if (pressed.attributes.name !== undefined) body.append(pressed.attributes.name, pressed.attributes.value ?? '')
  return { url: new URL(form.attributes.action ?? address, address).href, method: (form.attributes.method ?? 'get').toUpperCase(), body }
}

/** The text of a piece of a page, with single spaces. */
export function readText(page: string): string {
  return decode(page.replace(/<head>.*<\/head>/s, ' ').replace(/<[^>]*>/g, ''))
    .replace(/\s+/g, ' ')
    .trim()
}

function findAll(page: string, tag: string, isVoid = false): Element[] {
  const pattern = isVoid ? new RegExp(`<${tag}\\b([^>]*)>()`, 'g') : new RegExp(`<${tag}\\b([^>]*)>(.*?)</${tag}>`, 'gs')
  return [...page.matchAll(pattern)].map((match) => {
    const [whole, attributes = '', content = ''] = match
    return { attributes: readAttributes(attributes), content, at: match.index, end: match.index + whole.length }
  })
}

function readAttributes(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value = '']) => [name, decode(value)]))
}

function decode(text: string): string {
  const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (entity, name: string) => characters[name] ?? entity)
}
