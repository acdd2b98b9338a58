/**
 * A key of WebCrypto. Found out by what the platform's functions give: browsers have a global type of the name `CryptoKey`, Node's own
 * types have none, and what is published must compile with either alone.
 */
export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>
