export type Party = 'browser' | 'app' | 'provider' | 'API'

/** One HTTP request and its answer. Without query and body: there are the codes and tokens. */
export interface Message {
  readonly from: Party
  readonly to: Party | 'elsewhere'
  readonly method: string
  readonly path: string
  /** Absent where no answer came. */
  readonly status?: number
  readonly notes: readonly string[]
}

export interface Recorder {
  readonly messages: readonly Message[]
  /** A request of the browser. */
  addFrontChannel(seen: {
    readonly method: string
    readonly url: string
    readonly status: number
    readonly location?: string | undefined
  }): void
  /** A fetch that records what is sent through it. */
  wrapFetch(from: Party, fetch: typeof globalThis.fetch): typeof globalThis.fetch
}

/** Writes down who sent what to whom while the demo runs. */
export function createRecorder(origins: Readonly<Record<Exclude<Party, 'browser'>, string>>): Recorder {
  const messages: Message[] = []
  const name = (url: string): Pick<Message, 'to' | 'path'> => {
    const { origin, pathname } = new URL(url)
    const party = (['app', 'provider', 'API'] as const).find((each) => origins[each] === origin)
    // The last segment is a handle of the running sign-in.
    return { to: party ?? 'elsewhere', path: pathname.replace(/^\/(interaction|auth)\/[^/]+/, '/$1/…') }
  }
  const challenged = new Set<string>()
  return {
    messages,
    addFrontChannel({ method, url, status, location }) {
      if (!url.startsWith('http')) return
      const target = location === undefined ? undefined : name(new URL(location, url).href)
      messages.push({ from: 'browser', ...name(url), method, status, notes: target ? [`redirect to ${target.to} ${target.path}`] : [] })
    },
    wrapFetch: (from, fetch) => async (input, init) => {
      const { url, method, headers, body } = describeRequest(input, init)
      const place = { from, ...name(url), method }
      const notes = noteRequest(headers, body)
      const key = `${method} ${url}`
      if (challenged.delete(key)) notes.push('nonce retry')
      const response = await fetch(input, init).catch((error: unknown) => {
        messages.push({ ...place, notes: [...notes, 'no answer'] })
        throw error
      })
      if (!response.ok && response.headers.has('dpop-nonce') && !notes.includes('with nonce')) {
        challenged.add(key)
        notes.push('a nonce is wanted')
      }
      messages.push({ ...place, status: response.status, notes })
      return response
    },
  }
}

function describeRequest(input: string | URL | Request, init: RequestInit = {}) {
  const request = input instanceof Request ? input : undefined
  return {
    url: request?.url ?? String(input),
    method: init.method ?? request?.method ?? 'GET',
    headers: new Headers(init.headers ?? request?.headers),
    body: init.body instanceof URLSearchParams ? init.body : new URLSearchParams(typeof init.body === 'string' ? init.body : ''),
  }
}

function noteRequest(headers: Headers, body: URLSearchParams): string[] {
  const notes: string[] = []
  const grant = body.get('grant_type')
  if (grant !== null) notes.push(grant)
  if (body.has('client_assertion')) notes.push('private_key_jwt')
  const proof = headers.get('dpop')
  if (proof !== null) notes.push('DPoP')
  if (proof !== null && hasNonce(proof)) notes.push('with nonce')
  return notes
}

function hasNonce(proof: string): boolean {
  const claims: unknown = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString())
  return typeof claims === 'object' && claims !== null && 'nonce' in claims
}
