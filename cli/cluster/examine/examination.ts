/** A node's answers by section name, and the clock's lead at that time. */
export interface Examination {
  readonly node: string
  readonly sections: ReadonlyMap<string, string>
  /** How far its clock is ahead of ours, in seconds, as exactly as the duration of the examination allows. */
  readonly clockLeadSeconds: number
  readonly clockDoubtSeconds: number
}

/** The answers alone, which suffice for most readers. */
export type Sections = Pick<Examination, 'sections'>

/** The sections of the output of an examination (questions.ts). */
export function parseSections(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/^== /m).slice(1)
  return new Map(parts.map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()]))
}

/** The words of a section. */
export function wordsIn({ sections }: Sections, name: string): string[] {
  return (sections.get(name) ?? '').split(/\s+/).filter(word => word !== '')
}
