import { relayResponse } from '@oidc/browser/callback'

relayResponse()
