import { hybridError } from './hybrid-error.js'

/**
 * What comes back through the browser. {@link https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#Combinations OAuth 2.0 Multiple Response Types, section 5}
 */
export type HybridResponseType = 'id_token' | 'code id_token' | 'id_token token' | 'code token' | 'code id_token token'

export interface HybridOptions {
  readonly response_type: HybridResponseType
  /**
   * The ID token signs the response (FAPI 1): it must hold `s_hash`, so that nobody swapped the `state`.
   * {@link https://openid.net/specs/openid-financial-api-part-2-1_0.html#authorization-server FAPI 1.0 Advanced, section 5.2.2}
   */
  readonly detachedSignature?: boolean | undefined
  /** Seconds that the ID token may be old: 3600. */
  readonly maxIdTokenAge?: number | undefined
  /**
   * Allows response types with `token`: an access token then stands in the address bar, in the history and in whatever script of the page reads
   * it. {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2 RFC 9700, section 2.1.2} says not to.
   */
  readonly unsafeFrontChannelAccessToken?: boolean | undefined
}

const types: readonly HybridResponseType[] = ['id_token', 'code id_token', 'id_token token', 'code token', 'code id_token token']

/** Options, checked and complete. */
export type Settings = { readonly [Name in keyof HybridOptions]-?: Exclude<HybridOptions[Name], undefined> }

/** @throws `HYBRID_OPTION_INVALID` */
export function checkOptions(options: HybridOptions): Settings {
  const { response_type, detachedSignature = false, maxIdTokenAge = 3600, unsafeFrontChannelAccessToken = false } = options ?? {}
  if (!types.includes(response_type))
    throw invalid(
      `The response_type is ${typeof response_type === 'string' ? JSON.stringify(String(response_type).slice(0, 64)) : typeof response_type}`,
      `Give one of ${types.map((type) => JSON.stringify(type)).join(', ')}; for "code" alone no plugin is needed.`,
    )
  for (const [name, value] of Object.entries({ detachedSignature, unsafeFrontChannelAccessToken }))
    if (typeof value !== 'boolean') throw invalid(`The option ${name} is ${typeof value}`, 'Give true or false.')
  if (!(typeof maxIdTokenAge === 'number' && maxIdTokenAge > 0))
    throw invalid(`The option maxIdTokenAge is ${String(maxIdTokenAge).slice(0, 32)}`, 'Give a number of seconds above 0.')
  if (includes(response_type, 'token') && !unsafeFrontChannelAccessToken)
    throw invalid(
      `The response_type ${JSON.stringify(response_type)} brings an access token through the browser`,
      `Ask for "${response_type.replace(/ ?\btoken$/, '')}" instead, or say that you know: unsafeFrontChannelAccessToken: true.`,
    )
  if (detachedSignature && !includes(response_type, 'id_token'))
    throw invalid(
      `The response_type ${JSON.stringify(response_type)} has no ID token that could sign the response`,
      'Give "code id_token".',
    )
  return { response_type, detachedSignature, maxIdTokenAge, unsafeFrontChannelAccessToken }
}

/** Whether a response type brings this part. */
export function includes(response_type: string, part: 'code' | 'id_token' | 'token'): boolean {
  return response_type.split(' ').includes(part)
}

function invalid(problem: string, remedy: string) {
  return hybridError('HYBRID_OPTION_INVALID', `${problem}. ${remedy}`)
}
