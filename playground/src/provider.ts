import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import express from 'express'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { type Configuration, errors, Provider } from 'oidc-provider'
import { demoUser } from './account.ts'
import { answerInteractions } from './interactions.ts'
import { guardPages } from './page-guard.ts'
import { logoutPage, providerErrorPage, signedOutPage } from './provider-pages.ts'
import { apiScope } from './resource-server.ts'

/** What the provider is told of the demo application: all that a registration would say. */
export interface ProviderSettings {
  readonly issuer: string
  readonly client_id: string
  /** The public key of the client's assertions (private_key_jwt). */
  readonly clientKey: JWK
  readonly redirect_uri: string
  readonly post_logout_redirect_uri: string
  /** The resource indicator of the API, RFC 8707: the only one there is. */
  readonly resource: string
}

/**
 * An OpenID Provider that asks for everything the client library can do: pushed requests, PKCE, signed client assertions, DPoP with nonces
 * of its own, and refresh tokens that work once. Everything is kept in memory.
 */
export async function createProvider(settings: ProviderSettings): Promise<RequestListener> {
  const { issuer } = settings
  const provider = new Provider(issuer, await configure(settings))
  provider.on('server_error', (_ctx, error) => console.error('The provider failed:', error))
  const application = express().disable('x-powered-by')
  application.use(['/interaction', '/session'], guardPages(issuer, [new URL(settings.redirect_uri).origin]))
  application.use('/interaction', answerInteractions(provider))
  application.use(provider.callback())
  return application
}

async function configure(settings: ProviderSettings): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'provider-1', alg: 'ES256', use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [registerDemoClient(settings)],
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
    findAccount: (_ctx, id) => (id === demoUser.claims.sub ? { accountId: id, claims: () => ({ ...demoUser.claims }) } : undefined),
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'] },
    responseTypes: ['code'],
    // The access token is for the API alone, so what there is to know of the person stands in the ID token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    // RFC 9700, section 4.14.2: a stolen refresh token betrays itself when it is used a second time.
    rotateRefreshToken: true,
    features: chooseFeatures(settings),
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 86400, IdToken: 300, Interaction: 900, RefreshToken: 86400, Session: 86400 },
    clientBasedCORS: () => false,
    renderError(ctx, out) {
      ctx.type = 'html'
      ctx.body = providerErrorPage(out.error, out.error_description ?? '')
    },
  }
}

function registerDemoClient(settings: ProviderSettings): NonNullable<Configuration['clients']>[number] {
  return {
    client_id: settings.client_id,
    client_name: 'Demo application',
    redirect_uris: [settings.redirect_uri],
    post_logout_redirect_uris: [settings.post_logout_redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [settings.clientKey] },
    id_token_signed_response_alg: 'ES256',
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
  }
}

function chooseFeatures({ resource }: ProviderSettings): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    userinfo: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo(_ctx, indicator) {
        if (indicator !== resource) throw new errors.InvalidTarget()
        return { scope: apiScope, audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
      },
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        ctx.body = logoutPage(form)
      },
      postLogoutSuccessSource(ctx) {
        ctx.body = signedOutPage()
      },
    },
  }
}
