import { answerWith, breakNetwork, drop, html, set } from './changes.js'
import type { Fault, Members } from './fault.js'

export type MetadataFaultName =
  | 'metadata_wrong_issuer'
  | 'metadata_no_issuer'
  | 'metadata_http_endpoint'
  | 'metadata_script_endpoint'
  | 'metadata_array'
  | 'metadata_html'
  | 'metadata_redirect'
  | 'metadata_down'
  | 'jwks_empty'
  | 'jwks_html'
  | 'jwks_encryption_only'

/** Of the metadata and the key set. */
export const metadataFaults: Readonly<Record<MetadataFaultName, Fault>> = {
  metadata_wrong_issuer: {
    says: 'metadata of another issuer',
    refusedAt: 'discovery',
    body: { metadata: set({ issuer: 'https://evil.example' }) },
  },
  metadata_no_issuer: { says: 'metadata without issuer', refusedAt: 'discovery', body: { metadata: drop('issuer') } },
  metadata_http_endpoint: {
    says: 'a token endpoint without TLS',
    refusedAt: 'discovery',
    body: { metadata: set({ token_endpoint: 'http://as.example/token' }) },
  },
  metadata_script_endpoint: {
    says: 'an authorization endpoint that is a script',
    refusedAt: 'discovery',
    body: { metadata: set({ authorization_endpoint: 'javascript:alert(1)' }) },
  },
  metadata_array: { says: 'metadata that is an array', refusedAt: 'discovery', response: { metadata: answerWith('[]') } },
  metadata_html: { says: 'a web page for metadata', refusedAt: 'discovery', response: { metadata: answerWith('<p>', { headers: html }) } },
  metadata_redirect: {
    says: 'a redirect for metadata',
    refusedAt: 'discovery',
    response: { metadata: answerWith('', { status: 302, headers: { location: 'https://evil.example/' } }) },
  },
  metadata_down: { says: 'no connection for metadata', refusedAt: 'discovery', response: { metadata: breakNetwork } },
  jwks_empty: { says: 'a key set without keys', refusedAt: 'token', body: { jwks: set({ keys: [] }) } },
  jwks_html: { says: 'a web page for a key set', refusedAt: 'token', response: { jwks: answerWith('<p>', { headers: html }) } },
  jwks_encryption_only: {
    says: 'keys that are for encryption only',
    refusedAt: 'token',
    body: { jwks: (body) => ({ keys: (body.keys as Members[]).map((key) => ({ ...key, use: 'enc' })) }) },
  },
}
