import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'
import { type Part, readParts } from './part.ts'

/** Names in process.versions that are no part: interfaces, and data whose version says nothing. */
const NO_PARTS: readonly string[] = ['node', 'modules', 'napi', 'unicode', 'cldr', 'tz']

/**
 * The bill of materials of the executable, as CycloneDX 1.6: the packages in these folders, and Node.js with its parts. It names no
 * time and no serial number, so the same sources give the same text.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(version: string, packages: readonly string[]): string {
  const lock: { packages: Record<string, { integrity?: string }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  const components = readParts(packages).map(part =>
    part.name === 'Node.js' ? nodeComponent(part) : packageComponent(part, lock.packages[part.folder]?.integrity),
  )
  const own = {
    type: 'application',
    'bom-ref': `vhacs@${version}`,
    name: 'vhacs',
    version,
    licenses: [{ license: { id: 'GPL-3.0-or-later' } }],
  }
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: own },
    components,
    dependencies: [
      { ref: own['bom-ref'], dependsOn: components.map(component => component['bom-ref']) },
      ...components.map(component => ({ ref: component['bom-ref'] })),
    ],
  }
  return `${JSON.stringify(bom, undefined, 2)}\n`
}

/** Several licences are an expression. */
function licencesOf(license: string) {
  return [license.includes(' ') ? { expression: license } : { license: { id: license } }]
}

function packageComponent({ name, version, license }: Part, integrity = '') {
  const address = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return {
    type: 'library',
    'bom-ref': address,
    name,
    version,
    purl: address,
    licenses: licencesOf(license),
    // of the package as the registry has it
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }],
  }
}

/** The Node.js that runs this is the one in the executable. */
function nodeComponent({ name, version, license }: Part) {
  const parts = Object.entries(process.versions).filter(([part]) => !NO_PARTS.includes(part))
  return {
    type: 'platform',
    'bom-ref': `node@${version}`,
    name,
    version,
    purl: `pkg:generic/nodejs@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: licencesOf(license),
    components: parts
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([part, itsVersion = '']) => ({
        type: 'library',
        'bom-ref': `node/${part}@${itsVersion}`,
        name: part,
        version: itsVersion,
      })),
  }
}
