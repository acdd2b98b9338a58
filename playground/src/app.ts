import { createHash, randomBytes } from 'node:crypto'
import { type Client, fetchProtectedResource, fetchUserInfo, isOidcError, revokeToken } from '@oidc/core'
import { OpenIDStrategy } from '@oidc/passport'
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import session from 'express-session'
import passport from 'passport'
import { type Account, createAccountStore } from './account-store.ts'
import { accountPage, errorPage, signedOutPage } from './app-pages.ts'
import { guardPages } from './page-guard.ts'
import { apiScope } from './resource-server.ts'

declare global {
  namespace Express {
    interface User extends Pick<Account, 'id'> {}
  }
}

declare module 'express-session' {
  interface SessionData {
    /** Shown once. */
    notice?: string
    /** What the API said; shown once. */
    answer?: string
  }
}

export interface AppSettings {
  readonly origin: string
  readonly client: Client
  /** Where the API is, and the name that tokens for it bear. */
  readonly api: { readonly url: string; readonly resource: string }
}
