/** What a person does with a tab of a browser, in the words that stand on the page. */
export interface Tab {
  open(url: string): Promise<void>
  reload(): Promise<void>
  /** Clicks the link with this text. */
  follow(link: string): Promise<void>
  /** Clicks the button with this text. */
  press(button: string): Promise<void>
  /** Types into the field with this label. */
  type(label: string, text: string): Promise<void>
  /** The text of the page, with single spaces. */
  read(): Promise<string>
}

/** One person with one set of cookies. */
export interface Visitor {
  newTab(): Promise<Tab>
}

/** An answer that a visitor got. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly location?: string | undefined
}

export interface UserAgent {
  /** For the report. */
  readonly name: string
  newVisitor(): Promise<Visitor>
  close(): Promise<void>
}
