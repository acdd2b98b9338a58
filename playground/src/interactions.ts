import express, { type Request, type Response, Router } from 'express'
import type { Provider } from 'oidc-provider'
import { demoUser, isPasswordRight } from './account.ts'
import { consentPage, loginPage, providerErrorPage } from './provider-pages.ts'
import { apiScope } from './resource-server.ts'

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

const meanings: Readonly<Record<string, string>> = {
  openid: 'Know that it is you',
  profile: 'Your name',
  email: 'Your e-mail address',
  offline_access: 'Act for you while you are away',
  [apiScope]: 'Read your tea orders',
}

/**
 * The pages on which the person signs in and consents. oidc-provider finds the interaction by its cookie, which is signed, SameSite=Lax
 * and good for one interaction's path only: a form that another site posts comes without it.
 */
export function answerInteractions(provider: Provider): Router {
  const router = Router()
  const find = async (req: Request, res: Response): Promise<Interaction> => {
    const interaction = await provider.interactionDetails(req, res)
    if (interaction.uid !== req.params.uid) throw new Error('The cookie belongs to another sign-in.')
    return interaction
  }
  const finish = (req: Request, res: Response, result: Parameters<Provider['interactionFinished']>[2]) =>
    provider.interactionFinished(req, res, result, { mergeWithLastSubmission: !('error' in result) })

  router.use(express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 8 }))
  router.get('/:uid', async (req, res) => {
    const interaction = await find(req, res)
    res.send(interaction.prompt.name === 'login' ? showLogin(interaction) : showConsent(interaction))
  })
  router.post('/:uid/login', async (req, res) => {
    const interaction = await find(req, res)
    const { username, password }: { username?: unknown; password?: unknown } = req.body ?? {}
    if (interaction.prompt.name !== 'login') return res.redirect(303, `/interaction/${interaction.uid}`)
    if (!isPasswordRight(username, password)) return res.status(401).send(showLogin(interaction, username))
    await finish(req, res, { login: { accountId: demoUser.claims.sub } })
  })
  router.post('/:uid/consent', async (req, res) => {
    const interaction = await find(req, res)
    if (interaction.prompt.name !== 'consent') return res.redirect(303, `/interaction/${interaction.uid}`)
    if (req.body?.answer !== 'allow') return finish(req, res, { error: 'access_denied', error_description: 'The user pressed Deny.' })
    await finish(req, res, { consent: { grantId: await saveGrant(provider, interaction) } })
  })
  router.use((error: unknown, _req: Request, res: Response, _next: unknown) => {
    const known = error instanceof Error && error.name === 'SessionNotFound'
    if (!known) console.error('The sign-in page failed:', error)
    res
      .status(400)
      .send(
        providerErrorPage(
          'invalid_request',
          known ? 'This sign-in has expired, or it was finished already.' : 'The sign-in could not go on.',
        ),
      )
  })
  return router
}

function showLogin({ uid }: Interaction, refused?: unknown): string {
  const again = refused === undefined ? {} : { refused: true, username: typeof refused === 'string' ? refused : '' }
  return loginPage({ action: `/interaction/${uid}/login`, client: 'Demo application', ...again })
}

function showConsent({ uid, params, session }: Interaction): string {
  const scopes = String(params.scope).split(' ')
  return consentPage({
    action: `/interaction/${uid}/consent`,
    client: 'Demo application',
    username: session?.accountId ?? '',
    scopes: scopes.map((name) => ({ name, meaning: meanings[name] ?? name })),
  })
}

async function saveGrant(provider: Provider, { grantId, params, session, prompt }: Interaction): Promise<string> {
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = known ?? new provider.Grant({ accountId: String(session?.accountId), clientId: String(params.client_id) })
  const { missingOIDCScope, missingResourceScopes } = prompt.details
  if (Array.isArray(missingOIDCScope)) grant.addOIDCScope(missingOIDCScope.join(' '))
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {}))
    if (Array.isArray(scopes)) grant.addResourceScope(resource, scopes.join(' '))
  return grant.save()
}
