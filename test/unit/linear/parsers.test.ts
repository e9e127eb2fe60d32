import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { root } from '../../../build/root.ts'
import { readFile } from '../../../cloud/file/read-file.ts'
import { trackedFiles } from '../tree/tracked-files.ts'
import { superlinear, type Text } from './growth.ts'

/*
 * Every reader of text from outside takes a time in proportion to its length: a megabyte of blanks, brackets, digits, newlines,
 * quotes. A function belongs here by its form: it is exported, and its first parameter is a text of one of these names.
 */

const TEXT = [
  'text',
  'json',
  'info',
  'cib',
  'record',
  'word',
  'value',
  'address',
  'device',
  'instance',
  'listing',
  'xml',
]
const FORM = new RegExp(`^export (?:async )?function (\\w+)\\(\\s*(?:${TEXT.join('|')}): string\\b`, 'gm')

const MODULES = trackedFiles.filter(file => /^(agents|alert|fencing|handlers|ocf|system|cloud|cli)\/.*\.ts$/.test(file))

const functions = MODULES.flatMap(file =>
  [...readFileSync(join(root, file), 'utf8').matchAll(FORM)].map(([, name = '']) => ({ file, name })),
)

/** Further arguments of the functions that need more than a text. */
const FURTHER: Readonly<Record<string, readonly unknown[]>> = {
  expandAmong: [['c1', 'c2']],
  inFlightIn: [3],
  networkLink: ['eth1'],
  parsePacemakerLog: [{ node: 'node1', hours: new Map() }],
  parseSessionLog: [{ node: 'node1', sessions: new Map() }],
  parseDrbdReport: ['[]'],
  parseDrbdStatus: ['c0'],
  parseHours: [0],
  parseMountUsers: ['/mnt/c0'],
  requestsInFlight: ['c0'],
  selectClouds: [{ clouds: [], incomplete: [] }],
  selectNamedNodes: [{ nodes: [] }],
  selectNodes: [{ nodes: [] }],
  selectRemains: [{ clouds: [], incomplete: [], nodes: [] }],
  withSettings: [{ NAME: 'value' }],
}

const PARTS = [
  ' ',
  '\n',
  '(',
  '[',
  '{',
  '<',
  '"',
  "'",
  '0',
  'a',
  ',',
  ':',
  '\t \n',
  '[]',
  '{}',
  '""',
  '0 ',
  '<a>',
  '"a',
  '1-',
]
/** Prefixes after which the parsers read on. */
const BEGINNINGS = ['', '{"a":', '<cib>', 'name: ', 'NAME="', 'InitiatorName=x']

const SIZES = [2_000, 20_000]

const texts: readonly Text[] = BEGINNINGS.flatMap(beginning =>
  PARTS.map(part => (size: number) => beginning + part.repeat(size / part.length)),
)

/** To be sure of what is slow at these sizes only. */
const LONG_PARTS = [' ', '\n', '[', '0', '"']
const LONG_SIZES = [100_000, 1_000_000]

/** The texts that take it too long, as they begin. */
function slowTexts(act: (text: string) => unknown): string[] {
  const slow = (text: Text, sizes: readonly number[]) => {
    const found = superlinear(act, text, sizes)
    return found === undefined ? [] : [`${JSON.stringify(text(20))}: ${found}`]
  }
  const found = texts.flatMap(text => slow(text, SIZES))
  if (found.length > 0) return found
  return LONG_PARTS.flatMap(part => slow(size => part.repeat(size), LONG_SIZES))
}

/** What differs from one to the next, as the keys of a file do, may be compared with all before it. */
const NUMBERED: Readonly<Record<string, (number: number) => string>> = {
  'keys of a file': number => `key${number}: 1\n`,
  'clouds of a file': number => `${number === 0 ? 'clouds:\n' : ''}  - {name: c${number}}\n`,
  'wrong clouds of a file': number => `${number === 0 ? 'clouds:\n' : ''}  - {name: c${number}, key: 1}\n`,
  'nodes of a file': number => `${number === 0 ? 'nodes:\n' : ''}  - {name: n${number}, roles: [vhost]}\n`,
}

test.each(Object.entries(NUMBERED))(
  'a file is read in a time in proportion to its %s',
  { timeout: 600_000 },
  (_, part) => {
    const text: Text = parts => Array.from({ length: parts }, (_, number) => part(number)).join('')
    expect(superlinear(readFile, text, [300, 3000])).toBeUndefined()
  },
)

test('the parsers are found', () => {
  expect(functions.length).toBeGreaterThan(50)
  for (const name of [
    'parseXml',
    'parseInitiatorName',
    'parseCorosyncConf',
    'parseVhacsConf',
    'readFile',
    'parseProcDrbd',
  ])
    expect(functions.map(found => found.name)).toContain(name)
})

test.each(functions)('$file: $name takes a time in proportion to its text', { timeout: 600_000 }, async ({
  file,
  name,
}) => {
  const module: Record<string, unknown> = await import(join(root, file))
  const act = module[name]
  if (typeof act !== 'function') throw new TypeError(`${name} is no function`)
  expect(slowTexts(text => act(text, ...(FURTHER[name] ?? [])))).toEqual([])
})

test.each(
  agents.map(agent => ({ name: agent.name, agent })),
)('each parameter of $name takes a time in proportion to its value', { timeout: 600_000 }, ({ agent }) => {
  for (const [name, { parse }] of Object.entries(agent.parameters)) expect(slowTexts(parse), name).toEqual([])
})
