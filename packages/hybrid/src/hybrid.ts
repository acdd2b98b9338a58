import type { Plugin } from '@oidc/core/plugin'
import { checkFrontChannel } from './front-channel.js'
import { checkOptions, type HybridOptions } from './options.js'

/**
 * Asks for more than a code: an ID token that comes through the browser, signed over the code beside it. Every part of such a response is
 * verified before core redeems the code.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#HybridFlowAuth OpenID Connect Core 1.0, section 3.3}
 *
 * The response stands in the fragment, which only a script in the page sees; a server asks for `response_mode: 'form_post'`.
 *
 * @throws `HYBRID_OPTION_INVALID`. From the functions of the client: `HYBRID_RESPONSE_INVALID`, `HYBRID_HASH_MISSING`,
 * `HYBRID_ID_TOKEN_TOO_OLD`, `ID_TOKEN_…`
 */
export function hybrid(options: HybridOptions): Plugin {
  const settings = checkOptions(options)
  return {
    name: 'hybrid',
    authorization: {
      parameters: () => ({ response_type: settings.response_type }),
      async check(response, transaction, context) {
        const claims = await checkFrontChannel(response, transaction, context, settings)
        return claims && { claims }
      },
    },
  }
}
