import { MADE_BY_VHACS } from '../../../cloud/compose/drbd/made-by-vhacs.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { DrbdConfigError, parseDrbdConfig, type Section } from '../../../system/drbd/config/syntax.ts'
import { type Examination, wordsIn } from './examination.ts'

/** A file of /etc/drbd.d that is named after a resource. */
export interface ResourceFile {
  readonly name: string
  readonly isMadeByVhacs: boolean
  /** The section of the resource; a text with the reason where it cannot be read. */
  readonly resource: Section | string
}

/** The files of a node, by the names of the resources. */
export function resourceFiles(examined: Pick<Examination, 'sections'>): Map<string, ResourceFile> {
  const texts = textsIn(examined.sections.get('configurations') ?? '')
  const names = wordsIn(examined, 'resources').flatMap(file => (file.endsWith('.res') ? [file.slice(0, -4)] : []))
  return new Map(
    names.map(name => {
      const text = texts.get(resourceFile(name)) ?? ''
      return [name, { name, isMadeByVhacs: text.startsWith(MADE_BY_VHACS), resource: resourceIn(text, name) }]
    }),
  )
}

/** The texts by path: each path is on a line of its own, followed by its text, indented by a blank. */
function textsIn(section: string): Map<string, string> {
  const parts = section.split(/^(?=\/)/m)
  return new Map(
    parts.map(part => {
      const [path = '', ...lines] = part.split('\n')
      return [path, lines.map(line => line.slice(1)).join('\n')]
    }),
  )
}

function resourceIn(text: string, name: string): Section | string {
  try {
    const found = parseDrbdConfig(text).find(({ words }) => words[0] === 'resource' && words[1] === name)
    return found ?? `it does not contain the resource ${name}`
  } catch (error) {
    if (error instanceof DrbdConfigError) return error.message
    throw error
  }
}

/** Where DRBD of each node listens, like `alpha 10.0.3.1:7800`, sorted; empty where the file has another form. */
export function addressesOf(resource: Section): string[] {
  return resource.children
    .filter(({ words }) => words[0] === 'on')
    .map(({ words, children }) => {
      const address = children.find(statement => statement.words[0] === 'address')
      return [words[1], ...(address?.words.slice(1) ?? [])].join(' ')
    })
    .sort()
}

/** A resource as the kernel has it, by `drbdsetup show all`; undefined where it is not up, or the text cannot be read. */
export function appliedResource({ sections }: Pick<Examination, 'sections'>, name: string): Section | undefined {
  try {
    const applied = parseDrbdConfig(sections.get('applied') ?? '')
    return applied.find(({ words }) => words[0] === 'resource' && words[1] === name)
  } catch (error) {
    if (error instanceof DrbdConfigError) return undefined
    throw error
  }
}
