export type { NodeErrorCode } from './error-codes.js'
export { type NodeFetch, nodeFetch } from './node-fetch.js'
export type { Destination, NodeFetchOptions, PEM } from './options.js'
