/**
 * A schema of any library that follows Standard Schema 1, as far as claims need it. {@link https://standardschema.dev Standard Schema}
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** There for the compiler alone. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** The value as the schema gives it, or what is wrong with it. */
export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}
