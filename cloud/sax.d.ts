/** What is used of sax, which comes without types. */
declare module 'sax' {
  /** A parser that calls back while it reads; `strict` refuses what is not well-formed. */
  interface SaxParser {
    onopentag: (tag: { readonly name: string; readonly attributes: Record<string, string> }) => void
    onclosetag: () => void
    /** The message has three lines more: the line and the column of the error, and its character. */
    onerror: (error: Error) => void
    write(text: string): SaxParser
    close(): SaxParser
  }
  const sax: { parser(strict: boolean): SaxParser }
  export = sax
}
