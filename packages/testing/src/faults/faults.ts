import { type CallbackFaultName, callbackFaults } from './callback-faults.js'
import { type ExtensionFaultName, extensionFaults } from './extension-faults.js'
import type { Fault } from './fault.js'
import { type IdTokenFaultName, idTokenFaults } from './id-token-faults.js'
import { type MetadataFaultName, metadataFaults } from './metadata-faults.js'
import { type PollFaultName, pollFaults } from './poll-faults.js'
import { type RefreshFaultName, refreshFaults } from './refresh-faults.js'
import { type ServerFaultName, serverFaults } from './server-faults.js'
import { type TokenFaultName, tokenFaults } from './token-faults.js'

/** What a server can be made to do wrong. */
export type FaultName =
  | MetadataFaultName
  | CallbackFaultName
  | TokenFaultName
  | IdTokenFaultName
  | RefreshFaultName
  | PollFaultName
  | ExtensionFaultName
  | ServerFaultName

export const faults: Readonly<Record<FaultName, Fault>> = {
  ...metadataFaults,
  ...callbackFaults,
  ...tokenFaults,
  ...idTokenFaults,
  ...refreshFaults,
  ...pollFaults,
  ...extensionFaults,
  ...serverFaults,
}

/** The name of every fault. */
export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[]
