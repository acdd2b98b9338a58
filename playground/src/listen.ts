import { createServer, type RequestListener } from 'node:http'

/** A port that is taken before anybody knows what will answer on it: the three parties of the demo must know each other's address first. */
export interface Door {
  readonly origin: string
  serve(listener: RequestListener): void
  close(): Promise<void>
}

/** Opens a port on a loopback name; 0 lets the system choose. */
export function openDoor(host: 'localhost' | '127.0.0.1', port = 0): Promise<Door> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES'
      reject(
        taken
          ? new Error(`Port ${port} cannot be opened (${error.code}). Give another: PORT=3001, or none and the system chooses.`)
          : error,
      )
    })
    server.listen(port, host, () => {
      const address = server.address()
      if (address === null || typeof address === 'string') return reject(new Error('The system gave no port.'))
      resolve({
        origin: `http://${host}:${address.port}`,
        serve: (listener) => server.on('request', listener),
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}
