// A page of React, under StrictMode, which runs every effect twice.
import { createBrowserSession } from '@oidc/browser'
import { SessionProvider, useSession } from '@oidc/browser/react'
import { createElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readSettings } from './settings.ts'

const session = createBrowserSession({ ...readSettings(), navigate: (returnTo) => history.replaceState(null, '', returnTo) })
const draws: string[] = []

function Greeting() {
  const { status, user, reason, login, logout } = useSession()
  draws.push(status)
  if (status === 'loading') return 'One moment'
  if (!user)
    return createElement(
      'button',
      { type: 'button', id: 'login', onClick: () => void login({ returnTo: '/react?from=login' }) },
      `Sign in ${reason ?? ''}`,
    )
  return createElement('button', { type: 'button', id: 'logout', onClick: () => void logout({ local: true }) }, `Goodbye ${user.sub}`)
}

/** Without a provider around it. */
function Lost() {
  useSession()
  return null
}

const root = document.createElement('main')
document.body.append(root)
const strict = (child: ReturnType<typeof createElement>) => createElement(StrictMode, null, child)
createRoot(root).render(strict(createElement(SessionProvider, { session }, createElement(Greeting))))

Object.assign(window, {
  draws,
  lose: () =>
    new Promise((resolve) => {
      const onUncaughtError = (error: unknown) => resolve((error as { readonly code?: unknown }).code)
      createRoot(document.createElement('main'), { onUncaughtError }).render(createElement(Lost))
    }),
})
