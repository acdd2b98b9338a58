import { serveTokenWorker } from '@oidc/browser/worker'

serveTokenWorker(new URLSearchParams(location.search).getAll('endpoint'))
