// Older versions beside the current ones; the types of the current ones fit.
declare module 'express4' {
  import express from 'express'
  // biome-ignore lint/style/noDefaultExport: The package has one.
  export default express
}

declare module 'passport06' {
  import passport from 'passport'
  // biome-ignore lint/style/noDefaultExport: The package has one.
  export default passport
}
