import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { exit } from '../../../ocf/exit.ts'
import { type Subject, subjects } from '../../contract/contract.ts'
import { call } from '../../fake/call.ts'
import { worlds } from '../../fake/worlds.ts'

/* Whatever stands in a parameter: it is refused in one line, or it is a value that may go to a command. */

const fragment = fc.oneof(
  fc.constantFrom(
    '$(reboot)',
    '`id`',
    ';',
    '|',
    '&',
    '>',
    "'",
    '"',
    '\\',
    '*',
    '?',
    '~',
    '#',
    '%s',
    '..',
    '/',
    '//',
    '.',
  ),
  fc.constantFrom(
    '\n',
    '\r',
    '\t',
    '\0',
    '\x1b[31m',
    '\x7f',
    '\u2028',
    '\u202e',
    '\ufffd',
    ' ',
    '\nocf-exit-reason:no',
  ),
  fc.constantFrom('-', '--help', '-o', '@', ':', '[', ']', ',', '=', '0', '1', '3260', '99999999999999999999', '１'),
  fc.constantFrom(
    'a',
    'C0',
    '/dev/',
    '/mnt',
    'iqn.2026-01.org.example:',
    '192.0.2.1',
    '[2001:db8::1]',
    'x'.repeat(5000),
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const hostile = fc.array(fragment, { minLength: 1, maxLength: 6 }).map(parts => parts.join(''))

/** A value of the contract, spoilt somewhere: nearer to what a careless check lets through. */
const spoilt = (value: string) =>
  fc.tuple(fragment, fc.nat(value.length)).map(([part, at]) => value.slice(0, at) + part + value.slice(at))

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
const CONTROL = /[\x00-\x1f\x7f]/
/** What a text with a newline in it would break. */
const OUR_LINE = /^(ocf-exit-reason:.*|[a-z0-9-]+\(c0\)\[\d+\]: (INFO|WARNING): .*|)$/s
/** Means nothing to a shell, a tool or a path. */
const SAFE_PART = /^(?!\.{1,2}$)[a-zA-Z0-9+_.:@,=[\]-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
const PATH_PART = /^(?!\.{1,2}$)[^\x00-\x1f\x7f/]+$/

describe.each(subjects)('$agent', subject => {
  const agent = agents.find(({ name }) => name === subject.agent)
  const names = Object.keys(agent?.parameters ?? {})

  test.each(names)('%s refuses hostile text with one line, or takes a safe value', async name => {
    const usual = subject.parameters[name] ?? agent?.parameters[name]?.default ?? ''
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile, spoilt(usual)), async text => {
        for (const action of ['validate-all', 'start', 'monitor', 'stop']) await checkOne(subject, name, text, action)
      }),
      { numRuns: 150 },
    )
  })
})

async function checkOne(subject: Subject, name: string, text: string, action: string): Promise<void> {
  const agent = agents.find(({ name: known }) => known === subject.agent)
  const world = worlds[subject.agent]?.()
  if (agent === undefined || world === undefined) throw new Error(subject.agent)
  const { system } = world
  // what waits for a target or device that such a value names shall not wait long
  const environment = { OCF_RESKEY_CRM_meta_timeout: '2000' }
  const result = await call(agent, action, { system, environment, parameters: { ...subject.parameters, [name]: text } })
  const isRefused = result.code === exit.notConfigured
  expect(result.reasons.length).toBe(result.code === exit.success || isCleanProbe(action, result.code) ? 0 : 1)
  for (const reason of result.reasons) expect(reason).not.toMatch(CONTROL)
  for (const line of result.stderr.split('\n')) expect(line).toMatch(OUR_LINE)
  if (action === 'stop') expect(result.code).not.toBe(exit.notConfigured)
  if (isRefused) expect({ commands: system.commands, changes: system.changes }).toEqual({ commands: [], changes: [] })
  for (const word of system.commands.flatMap(([, ...words]) => words)) expectSafe(word)
}

const isCleanProbe = (action: string, code: number) => action === 'monitor' && code === exit.notRunning

/** A word of ours or a value that means nothing more; a path may hold more, but nothing that leads elsewhere. */
function expectSafe(word: string): void {
  if (word.startsWith('devices{')) return
  const parts = word.replace(/^\//, '').split('/')
  for (const part of parts) expect(part).toMatch(word.startsWith('/') ? PATH_PART : SAFE_PART)
}
