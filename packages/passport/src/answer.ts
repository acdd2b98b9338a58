import type { LoginRecord } from './login-record.js'

/** What is to become of a request: found out first, done afterwards, so that nothing that passport does then is taken for a failure of the login. */
export type Answer = Redirect | Success | Failure | Refusal | Nothing

export interface Redirect {
  readonly type: 'redirect'
  readonly url: string
}

export interface Success {
  readonly type: 'success'
  readonly user: Express.User
  readonly info: object | undefined
  readonly state: string
  readonly returnTo: string | undefined
  /** What the session is to remember of the login. */
  readonly record: LoginRecord | undefined
}

/** Nobody signs in, and that is no fault: passport's failureRedirect is followed. */
export interface Failure {
  readonly type: 'fail'
  readonly challenge: object
  readonly status: number
  /** Whether the provider sent the browser back with the answer to a login that this browser began. */
  readonly bounced?: boolean
}

/** Something is broken: the error goes to the application's error handler. */
export interface Refusal {
  readonly type: 'error'
  readonly error: unknown
  readonly bounced?: boolean
}

/** A tentative request. */
export interface Nothing {
  readonly type: 'nothing'
}
