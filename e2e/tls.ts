import { generate } from 'selfsigned'

/** A key and its certificate, as servers take them. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Makes a certificate for `localhost` and `127.0.0.1`, which are two sites to a browser. */
export async function certifyLoopback(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { key, cert }
}
