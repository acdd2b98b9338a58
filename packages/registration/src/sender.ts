import type { ServerMetadata } from '@oidc/core'
import {
  type Client,
  createSender,
  type DiscoveryOptions,
  discoverServer,
  type OidcError,
  type Plugin,
  type RequestSettings,
  type SenderOptions,
} from '@oidc/core/plugin'
import { describe, isObject, registrationError } from './registration-error.js'
import type { RegistrationQuirks } from './registration-response.js'

/** What every function of this package takes: where it sends from, and what it tolerates. */
export interface ManagementOptions extends SenderOptions, RequestSettings, Pick<DiscoveryOptions, 'metadataUrl'> {
  readonly quirks?: RegistrationQuirks | undefined
}

const senderNames = 'use fetch egress clock random clockTolerance timeout limits onEvent allowInsecure metadataUrl'
const quirkNames = ['status200', 'missingSecretExpiry', 'digitStrings', 'clientUriOrigins']

/**
 * Refuses what is unknown: a misspelled option would silently do without what it was given for.
 *
 * @throws `REGISTRATION_OPTION_INVALID`
 */
export function checkOptions(options: unknown, further = ''): void {
  const names = `${senderNames} signal quirks ${further}`.trim().split(' ')
  if (!isObject(options)) throw optionError(`The options are ${describe(options)}. Give an object, or leave them out.`)
  refuseUnknown(options, names, 'option')
  const { quirks = {} } = options
  if (!isObject(quirks)) throw optionError(`The option quirks is ${describe(quirks)}. Give e.g. { status200: true }.`)
  refuseUnknown(quirks, quirkNames, 'quirk')
  for (const [name, value] of Object.entries(quirks))
    if (name === 'clientUriOrigins' ? !isOrigins(value) : value !== undefined && value !== true)
      throw optionError(
        `The quirk ${name} is ${describe(value)}. Give ${name === 'clientUriOrigins' ? "origins, such as ['https://register.example']" : 'true'}, or leave it out.`,
      )
}

/** Makes what sends the requests: a client without an id. @throws as `discoverServer` and `createSender` */
export async function openSender(server: string | URL | ServerMetadata, options: ManagementOptions, watcher?: Plugin): Promise<Client> {
  const { signal, quirks: _, ...all } = options
  const sender = Object.fromEntries(Object.entries(all).filter(([name]) => senderNames.split(' ').includes(name))) as SenderOptions
  const metadata = typeof server === 'string' || server instanceof URL ? await discoverServer(server, { ...sender, signal }) : server
  const use: unknown = sender.use ?? []
  // What is no list goes on as it is, to be refused by name.
  return createSender(metadata, watcher && Array.isArray(use) ? { ...sender, use: [...use, watcher] } : sender)
}

export function optionError(message: string): OidcError {
  return registrationError('REGISTRATION_OPTION_INVALID', message)
}

function refuseUnknown(options: object, names: readonly string[], what: string): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw optionError(`The ${what} ${JSON.stringify(unknown.slice(0, 64))} is unknown. Give one of ${names.join(', ')}.`)
}

function isOrigins(value: unknown): boolean {
  return (
    value === undefined ||
    (Array.isArray(value) && value.every((origin) => typeof origin === 'string' && /^https?:\/\/[^/?#]+$/.test(origin)))
  )
}
