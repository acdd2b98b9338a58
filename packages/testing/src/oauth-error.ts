/** An error that an endpoint answers with. {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749, section 5.2} */
export interface Refusal {
  readonly error: string
  readonly error_description: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

const refusals = /* @__PURE__ */ new WeakSet<object>()

/** Ends an endpoint with an error; the issuer writes the answer. */
export function refuse(error: string, error_description: string, status: number = 400, headers?: Readonly<Record<string, string>>): never {
  const refusal = Object.assign(new Error(`${error}: ${error_description}`), {
    error,
    error_description,
    status,
    ...(headers && { headers }),
  })
  refusals.add(refusal)
  throw refusal
}

export function isRefusal(thrown: unknown): thrown is Refusal & Error {
  return typeof thrown === 'object' && thrown !== null && refusals.has(thrown)
}
