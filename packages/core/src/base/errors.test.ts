import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { isOidcError, OidcError, oidcError } from './errors.js'

describe('OidcError', () => {
  it('F-M1: says what happened, where that is explained and whether to try again', () => {
    const error = oidcError('TOKEN_RESPONSE_INVALID', 'The token response has no access_token.')
    expect(error).toBeInstanceOf(OidcError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'OidcError',
      code: 'TOKEN_RESPONSE_INVALID',
      message: 'The token response has no access_token.',
      retryable: false,
    })
    expect(new URL(error.docs).hash).toBe('#token_response_invalid')
  })

  it('carries the details it was given', () => {
    const cause = new TypeError('socket closed')
    const details = {
      operation: 'token',
      hint: 'Try again.',
      retryable: true,
      error: 'temporarily_unavailable',
      error_description: 'busy',
      http: { status: 503, url: 'https://as.example/token', retryAfter: 5 },
    }
    const error = oidcError('X', 'x', { ...details, cause })
    expect(error).toMatchObject(details)
    expect(error.cause).toBe(cause)
  })

  it('has no member for a detail that is absent', () => {
    const error = oidcError('X', 'x', { operation: 'token', hint: undefined, error: undefined })
    expect(Object.keys(error).sort()).toEqual(['code', 'docs', 'name', 'operation', 'retryable'])
    expect('cause' in error).toBe(false)
    expect('hint' in error).toBe(false)
    expect('plugin' in error).toBe(false)
  })

  it('can be told the plugin and slot that threw it', () => {
    const error = oidcError('X', 'x')
    error.plugin = 'par'
    error.slot = 'authorization.deliver'
    expect(error).toMatchObject({ plugin: 'par', slot: 'authorization.deliver' })
  })

  it('shows its code when it is logged, and not its brand', () => {
    expect(inspect(oidcError('PAR_RESPONSE_INVALID', 'x'))).toContain("code: 'PAR_RESPONSE_INVALID'")
    expect(inspect(oidcError('X', 'x'))).not.toContain('Symbol')
  })
})

describe('isOidcError', () => {
  it('knows the errors of this package', () => {
    expect(isOidcError(oidcError('X', 'x'))).toBe(true)
    expect(isOidcError(new OidcError('X', 'x'))).toBe(true)
  })

  it('knows those of another copy of this package in the same tree', async () => {
    vi.resetModules()
    const copy = await import('./errors.js')
    expect(copy.OidcError).not.toBe(OidcError)
    const error = copy.oidcError('X', 'x')
    expect(error).not.toBeInstanceOf(OidcError)
    expect(isOidcError(error)).toBe(true)
    expect(copy.isOidcError(oidcError('X', 'x'))).toBe(true)
  })

  it.each([undefined, null, 'X', 1, {}, new Error('x'), { name: 'OidcError', code: 'X', message: 'x' }])('is false of %o', (value) => {
    expect(isOidcError(value)).toBe(false)
  })
})
