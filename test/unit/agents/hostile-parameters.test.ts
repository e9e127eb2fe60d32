import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import type { Agent } from '../../../ocf/agent.ts'
import { exit } from '../../../ocf/exit.ts'
import { type Subject, subjects } from '../../contract/contract.ts'
import { call } from '../../fake/call.ts'
import { link } from '../../fake/tree.ts'
import { type World, worlds } from '../../fake/worlds.ts'

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
    'x'.repeat(256),
    '\u00e9'.repeat(200),
    'd/'.repeat(200),
    'x'.repeat(5000),
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const hostile = fc.array(fragment, { minLength: 1, maxLength: 6 }).map(parts => parts.join(''))

/** A value of the contract, spoilt somewhere: nearer to what a careless check lets through. */
const spoilt = (value: string) =>
  fc.tuple(fragment, fc.nat(value.length)).map(([part, at]) => value.slice(0, at) + part + value.slice(at))

/** Ten thousand characters, of any kind or of one that every parser likes. */
const long = fc.oneof(
  fc.constantFrom('x', '1', '/', 'a/', '-', ' ', '\n', '\u{1f5c4}').map(part => part.repeat(10_000 / part.length)),
  fc.tuple(fragment, fc.constantFrom('a', '0', '/d')).map(([part, filler]) => filler.repeat(10_000) + part),
)

/** A secret that is wrong or right, known again wherever it turns up. */
const MARK = 'hush-hush'
const secret = fc
  .tuple(fc.oneof(hostile, fc.constant('')), fc.oneof(hostile, fc.constant('')))
  .map(([before, after]) => before + MARK + after)

/** What stands on one line and shows itself. */
const PRINTABLE = /^\P{Cc}*$/u
/** What a text with a newline in it would break. */
const OUR_LINE = /^(ocf-exit-reason:.*|[a-z0-9-]+\(c0\)\[\d+\]: (INFO|WARNING): .*|)$/s
const LONGEST_LINE = 2100
/** Means nothing to a shell, a tool or a path. */
const SAFE_PART = /^(?!\.{1,2}$)[a-zA-Z0-9+_.:@,=[\]-]+$/
const PATH_PART = /^(?!\.{1,2}$)[^\p{Cc}/]+$/u

/** What an action may answer about a resource that never ran: never that it runs, never that it is unclear. */
const ANSWERS: Readonly<Record<string, readonly number[]>> = {
  'validate-all': [exit.success, exit.notConfigured],
  monitor: [exit.notRunning, exit.notConfigured],
  stop: [exit.success],
  start: [exit.success, exit.genericError, exit.invalidHere, exit.notInstalled, exit.notConfigured],
}
const ACTIONS = ['validate-all', 'monitor', 'stop', 'start', 'promote', 'demote', 'notify']

describe.each(subjects)('$agent', subject => {
  const agent = agentOf(subject)
  const declared = Object.entries(agent.parameters)
  const values = ([name, { isSecret, default: usual }]: (typeof declared)[number]) =>
    isSecret ? secret : fc.oneof(hostile, spoilt(subject.parameters[name] ?? usual ?? ''), long)

  test.each(declared)('%s refuses hostile text with one line, or takes a safe value', async (name, parameter) => {
    await fc.assert(
      fc.asyncProperty(values([name, parameter]), text => checkAll(agent, { ...subject.parameters, [name]: text })),
      { numRuns: 150 },
    )
  })

  const devices = Object.entries(subject.parameters).filter(([, value]) => value.startsWith('/dev/'))
  test.each(
    devices,
  )('%s may be a symbolic link to itself: nothing starts, and nothing is there to stop', async name => {
    for (const [action, codes] of Object.entries({ start: [1, 2], monitor: [7], stop: [0], 'validate-all': [0] })) {
      const { system } = worldOf(agent)
      system.put('/dev/circle', link('/dev/circle'))
      const { code, reasons } = await call(agent, action, {
        system,
        parameters: { ...subject.parameters, [name]: '/dev/circle' },
      })
      expect(codes).toContain(code)
      expect(reasons.length).toBe(action === 'start' ? 1 : 0)
    }
  })

  test('any number of hostile parameters at once gives one line', async () => {
    const all = fc
      .subarray(declared)
      .chain(some => fc.tuple(...some.map(one => fc.tuple(fc.constant(one[0]), values(one)))))
      .map(pairs => ({ ...subject.parameters, ...Object.fromEntries(pairs) }))
    await fc.assert(
      fc.asyncProperty(all, parameters => checkAll(agent, parameters)),
      { numRuns: 150 },
    )
  })
})

function agentOf(subject: Subject): Agent {
  const agent = agents.find(({ name }) => name === subject.agent)
  if (agent === undefined) throw new Error(subject.agent)
  return agent
}

function worldOf(agent: Agent): World {
  const make = worlds[agent.name]
  if (make === undefined) throw new Error(`no world for ${agent.name}`)
  return make()
}

async function checkAll(agent: Agent, parameters: Readonly<Record<string, string>>): Promise<void> {
  for (const action of ACTIONS) await checkOne(agent, parameters, action)
}

async function checkOne(agent: Agent, parameters: Readonly<Record<string, string>>, action: string): Promise<void> {
  const { system } = worldOf(agent)
  // what waits for a target or device that such a value names shall not wait long
  const environment = { OCF_RESKEY_CRM_meta_timeout: '2000' }
  const result = await call(agent, action, { system, environment, parameters })
  const isQuiet = result.code === exit.success || (action === 'monitor' && result.code === exit.notRunning)
  expect(ANSWERS[action] ?? [result.code]).toContain(result.code)
  expect(result.reasons.length).toBe(isQuiet ? 0 : 1)
  for (const reason of result.reasons) expect(reason).toMatch(PRINTABLE)
  for (const line of result.stderr.split('\n')) {
    expect(line).toMatch(OUR_LINE)
    expect(line.length).toBeLessThan(LONGEST_LINE)
  }
  expect(result.stderr).not.toContain(MARK)
  if (result.code === exit.notConfigured) expect([...system.commands, ...system.changes]).toEqual([])
  for (const word of system.commands.flatMap(([, ...words]) => words)) expectSafe(word)
  // a secret may be written where it belongs; everything else of a change is a path
  for (const change of system.changes) expect(change.split(' ')[1]).not.toMatch(/\/\.{1,2}(\/|$)/)
}

/** A word of ours or a value that means nothing more; a path may hold more, but nothing that leads elsewhere. */
function expectSafe(word: string): void {
  expect(word).not.toContain(MARK)
  if (word.startsWith('devices{')) return
  const parts = word.replace(/^\//, '').split('/')
  for (const part of parts) expect(part).toMatch(word.startsWith('/') ? PATH_PART : SAFE_PART)
}
