import { type Exchange, isOidcError, type OidcError, on, type Plugin, tokenOperation } from '@oidc/core/plugin'
import { type ClientCertificate, calculateCertificateThumbprint, readCertificate } from './certificate.js'
import { checkTokenBinding } from './certificate-binding.js'
import { mtlsError } from './mtls-error.js'

export interface MtlsOptions {
  /**
   * The certificate that the client's `fetch` presents, without its key: with it, a token that names another certificate is refused. The
   * connection gets its certificate from `fetch` alone.
   */
  readonly certificate?: ClientCertificate | undefined
}

/** Exchanges in which nothing but a certificate says who the client is. */
export const byCertificate: WeakSet<Exchange> = /* @__PURE__ */ new WeakSet()

const remedy =
  'Give the client a fetch that presents the certificate (on Node: nodeFetch({ cert, key }) of @oidc/node), and compare the certificate with what is registered at the server.'

/**
 * Sends requests to the addresses where the server asks for certificates (`mtls_endpoint_aliases`), so that access tokens are bound to the one that
 * the client's `fetch` presents. `use_mtls_endpoint_aliases: false` keeps the usual addresses.
 * {@link https://www.rfc-editor.org/rfc/rfc8705#section-3 RFC 8705, sections 3 and 5}
 *
 * @throws `MTLS_CERTIFICATE_INVALID`. From the functions of the client: `MTLS_CERTIFICATE_REFUSED`, `MTLS_HANDSHAKE`, `MTLS_BINDING`
 */
export function mtls({ certificate }: MtlsOptions = {}): Plugin {
  if (certificate !== undefined) readCertificate(certificate)
  let thumbprint: Promise<string> | undefined
  const check = async (access_token: string) => {
    if (certificate === undefined) return
    thumbprint ??= calculateCertificateThumbprint(certificate)
    checkTokenBinding(access_token, await thumbprint)
  }
  return {
    name: 'mtls',
    exchange: {
      endpoint(name, { mtls_endpoint_aliases: aliases }, { use_mtls_endpoint_aliases }) {
        return use_mtls_endpoint_aliases !== false && aliases && Object.hasOwn(aliases, name) ? aliases[name] : undefined
      },
      async headers({ token }) {
        if (token) await check(token.access_token)
        return undefined
      },
      retry(error, exchange) {
        checkRefusal(error, exchange)
        return undefined
      },
    },
    operations: [on(tokenOperation, { check: ({ access_token }) => check(access_token) })],
    async around(_, next) {
      try {
        return await next()
      } catch (error) {
        throw explainHandshake(error)
      }
    },
  }
}

/** The server says no more than that it does not know the client, and a fetch without certificate is the usual reason. @throws `MTLS_CERTIFICATE_REFUSED` */
function checkRefusal({ error, error_description, http }: OidcError, exchange: Exchange): void {
  const { operation } = exchange
  // Where the Response itself is the result, the caller gets it whatever it says.
  if (operation.accept === 'response' || error === undefined) return
  const isRefused = byCertificate.has(exchange) && error === 'invalid_client'
  if (!isRefused && !/certificate|mutual[ -]?tls/i.test(error_description ?? '')) return
  throw mtlsError(
    'MTLS_CERTIFICATE_REFUSED',
    `${http?.url} refused the client with ${isRefused ? error : 'an error that speaks of its certificate'}: it saw no certificate, or another one than is registered. ${remedy}`,
    { operation: operation.name, error, error_description, http },
  )
}

/** Core names the system's code for what happened; the reason of these is most often a certificate. With TLS 1.2, Node says no more than EPROTO. */
const systemCode = /\b(?:EPROTO|ERR_SSL_\w+)\b/
/** Of the alert that the server sent, within the system's code. */
const alerts = 'CERTIFICATE_ BAD_CERTIFICATE UNKNOWN_CA NO_CERTIFICATE UNSUPPORTED_CERTIFICATE HANDSHAKE_FAILURE'

/** The system's code, where it speaks of a certificate. */
function findAlert(message: string): string | undefined {
  const [code] = systemCode.exec(message) ?? []
  if (code === undefined || code === 'EPROTO') return code
  return alerts.split(' ').some((alert) => code.includes(`ALERT_${alert}`)) ? code : undefined
}

function explainHandshake(error: unknown): unknown {
  const code = isOidcError(error) && error.code === 'NETWORK_ERROR' ? findAlert(error.message) : undefined
  if (code === undefined || !isOidcError(error)) return error
  const { operation, http } = error
  return mtlsError(
    'MTLS_HANDSHAKE',
    `The TLS handshake with ${http?.url} failed (${code}): most often the server wants a certificate that it trusts, and got none. ${remedy}`,
    { operation, http },
  )
}
