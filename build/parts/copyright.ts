import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'
import { type Licensed, licencesIn } from './licences.ts'
import { nodeParts } from './node-parts.ts'
import { readNode, readParts } from './part.ts'

/** Licences of which Debian has the text on every machine. */
const COMMON: readonly string[] = ['Apache-2.0', 'CC0-1.0']

interface Stanza extends Licensed {
  readonly files: string
  readonly text: string
  readonly comment?: string
}

/**
 * The copyright file of the Debian package: debian/copyright, and what the executable contains: the packages in these folders and
 * Node.js with its parts. @see https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
 */
export function debianCopyright(packages: readonly string[]): string {
  const node = readNode()
  const packagesAndNode = readParts(packages).map(part => ({
    ...part,
    files: `${part.folder}/*`,
    // Node.js's file has the texts of its parts as well
    text: part.folder === node.folder ? part.text.slice(0, part.text.indexOf('\n- ')) : part.text,
  }))
  const partsOfNode = nodeParts(node.text).map(part => ({
    ...part,
    files: `${node.folder}/${part.location}/*`,
    comment: `${part.name.replace(': ', "'s ")}; the path is that in the sources of Node.js, whose binary is used here`,
  }))
  const stanzas: Stanza[] = [...packagesAndNode, ...partsOfNode]
  const names = [...new Set(stanzas.flatMap(({ license }) => licencesIn(license)))].sort()
  return [
    readFileSync(join(root, 'debian/copyright'), 'utf8').trim(),
    ...stanzas.map(stanzaText),
    ...names.map(name => licenceText(name, stanzas)),
    '',
  ].join('\n\n')
}

function stanzaText({ name, files, license, text, comment }: Stanza): string {
  return [
    `Files: ${files}`,
    `Copyright: ${holdersIn(text, name).join('\n ')}`,
    `License: ${licencesIn(license).join(' and ')}`,
    ...(comment ? [`Comment: ${comment}`] : []),
  ].join('\n')
}

/** Years and names of the holders. */
function holdersIn(text: string, name: string): string[] {
  const lines = text.split('\n').flatMap(line => {
    const [, holder = ''] =
      /^(?:(?:[*#>-]|\/\/) ?)?Copyright(?! (?:notice|holder|owner|law|license|and|statement))[: ](.*)$/i.exec(
        line.trim(),
      ) ?? []
    const plain = holder.replaceAll(/\((?:c|C)\)|©/g, '').trim()
    return plain === '' ? [] : [plain]
  })
  return lines.length > 0 ? [...new Set(lines)] : [`the authors of ${name.replace('Node.js: ', '')}`]
}

/** The text from a part that has only this licence; each part's own text is in the notices. */
function licenceText(name: string, stanzas: readonly Stanza[]): string {
  const common = `On Debian systems the text is in /usr/share/common-licenses/${name}.`
  const whole = COMMON.includes(name) ? common : (stanzas.find(({ license }) => license === name)?.text ?? '')
  // behind a rule are the licences of parts of the part
  const [text = ''] = whole.split(/^ *-{20,} *$/m)
  if (text === '') throw new Error(`no part has the licence ${name} alone: its text is not known`)
  const lines = text.split('\n').filter(line => !/^\s*(?:[*#>-] ?)?Copyright(?: \(c\)| ©|:| \d)/i.test(line))
  return [
    `License: ${name}`,
    ...trimmed(lines).map(line => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`)),
    ...(COMMON.includes(name)
      ? []
      : [' .', ' The text of each part, with its notices, is in NOTICES.gz beside this file.']),
  ].join('\n')
}

function trimmed(lines: readonly string[]): string[] {
  return lines.join('\n').trim().split('\n')
}
