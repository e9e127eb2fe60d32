import { incompatible, withoutGpl2 } from './licences.ts'
import { nodeParts } from './node-parts.ts'
import { readNode, readParts } from './part.ts'

/**
 * The notices of everything in the executable: the packages in these folders, and Node.js with its parts.
 * @throws Error for a licence that is not compatible with the GPL, and for a package without the text of its licence.
 */
export function notices(packages: readonly string[]): string {
  const bundled = readParts(packages).map(part => ({ ...part, name: `${part.name} ${part.version}` }))
  const parts = [...bundled, ...nodeParts(readNode().text)]
  const wrong = incompatible(parts)
  if (wrong.length > 0) throw new Error(`licences without known compatibility with the GPL: ${wrong.join(', ')}`)
  return [
    preface(withoutGpl2(parts)),
    ...bundled.map(({ name, license, text }) => `${RULE}\n${name}\n${license}\n\n${text.trim()}\n`),
  ].join('\n')
}

const RULE = '='.repeat(78)

function preface(version3: readonly string[]): string {
  return `VHACS is free software: you can redistribute it and modify it under the terms of
the GNU General Public License, version 2 or any later version. The executable
contains the parts named below, each under the licence that is printed with it.

These parts are under the Apache License 2.0, which is compatible with version 3
of the GNU General Public License and not with version 2. The executable as a
whole is therefore distributed under version 3 or any later version
(https://www.gnu.org/licenses/gpl-3.0.html); the sources of VHACS stay under
version 2 or any later version:
${version3.map(name => `  ${name}\n`).join('')}`
}
