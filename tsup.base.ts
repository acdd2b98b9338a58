import { defineConfig } from 'tsup'

/** The build of every published package: JavaScript only, types come from `tsc -p tsconfig.build.json`. */
export const buildOf = (entry: string[]) =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: false,
    clean: true,
    sourcemap: true,
    splitting: true,
    treeshake: true,
    // `node:crypto` must stay what it is: Deno and workerd know no `crypto` without the prefix.
    removeNodeProtocol: false,
    external: [/^node:/],
    tsconfig: 'tsconfig.build.json',
  })
