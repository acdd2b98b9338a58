/** Why the API refuses a request, with what RFC 9449 and RFC 6750 say about it on the wire. Nothing that the caller sent is repeated. */
export interface Refusal {
  readonly status: 401 | 403
  /** Absent where no token came: the challenge then says only how to come. */
  readonly error?: 'use_dpop_nonce' | 'invalid_dpop_proof' | 'invalid_token' | 'insufficient_scope'
  readonly description: string
}

export const refuse = {
  noToken: { status: 401, description: 'Send an access token: Authorization: DPoP, and a proof.' },
  nonce: { status: 401, error: 'use_dpop_nonce', description: 'The proof must hold the nonce of the DPoP-Nonce header.' },
  scope: { status: 403, error: 'insufficient_scope', description: 'The access token has not the scope for this.' },
  token: (description: string): Refusal => ({ status: 401, error: 'invalid_token', description }),
  proof: (description: string): Refusal => ({ status: 401, error: 'invalid_dpop_proof', description }),
} as const satisfies Record<string, Refusal | ((description: string) => Refusal)>

export function isRefusal(value: object): value is Refusal {
  return 'status' in value && 'description' in value
}
