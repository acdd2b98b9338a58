/** A request by GET, as it came in. */
export type QueryInput = URL | Request | URLSearchParams

/** The most characters of a parameter, and the most parameters. */
const limit = 2048
const most = 100

/**
 * The parameters of a query, each once, without prototype.
 *
 * @param refuse Makes the error out of what is wrong with it, in words that hold no value.
 */
export function readQuery(input: QueryInput, refuse: (problem: string) => Error): Readonly<Record<string, string>> {
  const search = findSearch(input)
  if (!search) throw refuse('it is no URL, no Request by GET and no URLSearchParams')
  const parameters: Record<string, string> = Object.create(null)
  let count = 0
  for (const [name, value] of search) {
    if (++count > most) throw refuse(`there are more than ${most} parameters`)
    if (name in parameters) throw refuse(`the parameter ${JSON.stringify(name.slice(0, 64))} appears twice`)
    if (value.length > limit) throw refuse(`the parameter ${JSON.stringify(name.slice(0, 64))} is longer than ${limit} characters`)
    parameters[name] = value
  }
  return parameters
}

function findSearch(input: unknown): URLSearchParams | undefined {
  if (input instanceof URLSearchParams) return input
  if (input instanceof URL) return input.searchParams
  // By its shape: another realm or a polyfill makes Requests of its own.
  const { method, url } = (input ?? {}) as { readonly method?: unknown; readonly url?: unknown }
  return method === 'GET' && typeof url === 'string' && URL.canParse(url) ? new URL(url).searchParams : undefined
}
