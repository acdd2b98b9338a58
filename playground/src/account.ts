import { createHash, timingSafeEqual } from 'node:crypto'

/** The one person who can sign in. The password is no secret: it is printed when the demo starts. */
export const demoUser = {
  username: 'alice',
  password: 'wonderland',
  claims: {
    sub: 'alice',
    name: 'Alice Liddell',
    preferred_username: 'alice',
    email: 'alice@example.test',
    email_verified: true,
  },
} as const

export function isPasswordRight(username: unknown, password: unknown): boolean {
  return isSameText(username, demoUser.username) && isSameText(password, demoUser.password)
}

function isSameText(given: unknown, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(wanted))
}
