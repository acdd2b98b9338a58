import { oidcError, type Plugin, request, type Transaction, toRecord } from '@oidc/core/plugin'
import { parOperation } from './pushed-request.js'

const expiries = /* @__PURE__ */ new WeakMap<Transaction, number>()

/**
 * Pushes every authorization request to the server, so that the browser carries nothing but `client_id` and `request_uri`: nobody on the way
 * reads or changes a parameter, and the client is authenticated before the login begins. Each `createAuthorizationRequest` pushes anew; if
 * that fails, it fails with the push's error and nothing goes through the browser instead.
 * {@link https://www.rfc-editor.org/rfc/rfc9126 RFC 9126}
 *
 * @throws when the client is made: `SERVER_METADATA_MISSING` without a `pushed_authorization_request_endpoint`. From
 * `createAuthorizationRequest`: `PAR_RESPONSE_INVALID`, `OAUTH_ERROR`, `HTTP_STATUS`, and the other errors of a request
 */
export function par(): Plugin {
  return {
    name: 'par',
    requires: { server: ['pushed_authorization_request_endpoint'] },
    authorization: {
      async deliver(search, { client, transaction, signal }) {
        const parameters = toRecord(search)
        if (parameters.request_uri !== undefined)
          throw oidcError(
            'PLUGIN_CONFLICT',
            'The request goes by a request_uri already, and a pushed request may hold none (RFC 9126, section 2.1). Have the object sent by value, or take par() away.',
          )
        // Beside a request object there is nothing but client authentication: RFC 9126, section 3.
        const { client_id } = transaction
        const { request: object } = parameters
        const { request_uri, expires_at } = await request(client, parOperation, {
          parameters: object === undefined ? parameters : { client_id, request: object },
          signal,
        })
        expiries.set(transaction, expires_at)
        // Beside these two the server ignores or refuses everything: RFC 9126, section 4, and RFC 9101, section 5.
        return new URLSearchParams({ client_id, request_uri })
      },
    },
  }
}

/**
 * Until when the browser must have opened the URL that belongs to a transaction: for pages that show it as a link or a QR code instead of
 * redirecting at once. Afterwards, and after one use, only a new `createAuthorizationRequest` helps.
 * {@link https://www.rfc-editor.org/rfc/rfc9126#section-2.2 RFC 9126, section 2.2}
 *
 * @param transaction The very object that `createAuthorizationRequest` gave, not one that was stored and read again.
 * @returns epoch seconds, by the client's clock; undefined for a transaction whose request was not pushed by this process.
 */
export function pushedRequestExpiry(transaction: Transaction): number | undefined {
  return expiries.get(transaction)
}
