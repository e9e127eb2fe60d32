import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import type { Agent } from '../../../ocf/agent.ts'
import { exit, OcfError } from '../../../ocf/exit.ts'
import { type ParameterEnvironment, parseParameters } from '../../../ocf/parameters.ts'
import { type Subject, subjects } from '../../contract/contract.ts'
import { call, recurring } from '../../fake/call.ts'
import { strangeEffects, withoutSecrets } from '../../fake/effects.ts'
import { fixtures } from '../../fake/nodes/agent-fixtures.ts'
import { furnish } from '../../fake/nodes/furnish.ts'
import type { FakeSystem } from '../../fake/system.ts'
import { link } from '../../fake/tree.ts'

/*
 * Any text in a parameter is either rejected in one line, or a value that is safe in a command and in a file. An accepted value
 * is then used, on a node where a resource with that value can run.
 */

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
    '\x9b31m',
    '\u2028',
    '\u202e',
    '\ufffd',
    ' ',
    '\nocf-exit-reason:no',
  ),
  // another assignment, where the value ends up in a list of them
  fc.constantFrom('\nnode.startup = automatic', ' = x', ',force=1', '"] devices=["', 'y"}', '\n# END RECORD\n'),
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
/** Each of these is tried with each parameter, appended to a valid value, which none of them keeps valid. */
const SUFFIXES = [
  '',
  '/..',
  '/../x',
  '\x9b31m',
  '\ufffd',
  '\n',
  ' x',
  ' 0.0.0.0',
  ',x',
  ';x',
  '"',
  '\nnode.startup = automatic',
  ',force=1',
  '"] x=["',
]
const hostile = fc.array(fragment, { minLength: 1, maxLength: 6 }).map(parts => parts.join(''))

/** Characters that a value may contain: none of these, or those with a meaning only to a shell. */
const mild = fc.string({ unit: 'grapheme-ascii', maxLength: 3 })

/** A valid value, corrupted at one place: closer to what a careless check would accept. */
const spoilt = (value: string) =>
  fc
    .tuple(fc.oneof(fragment, mild), fc.nat(value.length))
    .map(([part, at]) => value.slice(0, at) + part + value.slice(at))

/** Ten thousand characters, of any kind or of one that every parser likes. */
const long = fc.oneof(
  fc.constantFrom('x', '1', '/', 'a/', '-', ' ', '\n', '\u{1f5c4}').map(part => part.repeat(10_000 / part.length)),
  fc.tuple(fragment, fc.constantFrom('a', '0', '/d')).map(([part, filler]) => filler.repeat(10_000) + part),
)

/** A valid or invalid secret that can be recognised wherever it appears. */
const MARK = 'hush-hush'
const around = fc.oneof(hostile, long, mild)
const secret = fc
  .tuple(around, fc.oneof(around, fc.constant('x'.repeat(200))))
  .map(([before, after]) => before + MARK + after)

/** Text on one line without hidden characters. */
const PRINTABLE = /^\P{Cc}*$/u
/** The outputs that a text with a newline would break. */
const OUR_LINE = /^(ocf-exit-reason:.*|[a-z0-9-]+\(c0\)\[\d+\]: (INFO|WARNING|ERROR): .*|)$/s
const LONGEST_LINE = 2100

type Texts = Readonly<Record<string, string>>

/** A secret, or the file with it, means nothing without the name that it proves, nor one side without the other. */
const OF_INITIATOR = { chap_user: 'vhost0', chap_secret: `${MARK}-of-initiator` }
const COMPANIONS: Readonly<Record<string, Texts>> = {
  chap_user: { chap_secret: OF_INITIATOR.chap_secret },
  chap_secret: { chap_user: OF_INITIATOR.chap_user },
  chap_secret_file: { chap_user: OF_INITIATOR.chap_user },
  mutual_chap_user: { ...OF_INITIATOR, mutual_chap_secret: `${MARK}-of-target` },
  mutual_chap_secret: { ...OF_INITIATOR, mutual_chap_user: 'storage' },
  mutual_chap_secret_file: { ...OF_INITIATOR, mutual_chap_user: 'storage' },
}
/** Valid values for parameters that the contract leaves out, to be corrupted. */
const OTHERS: Texts = {
  chap_user: 'vhost0',
  chap_secret_file: '/etc/vhacs/secret',
  mutual_chap_user: 'storage',
  mutual_chap_secret_file: '/etc/vhacs/mutual-secret',
  scsi_sn: '0123456789abcdef',
  product_id: 'c0',
  block_size: '4096',
  emulate_tpu: 'yes',
  emulate_caw: 'yes',
  emulate_3pc: 'yes',
  emulate_write_cache: 'no',
  cmdsn_depth: '64',
  queue_depth: '32',
  options: 'noatime',
  command: '/usr/bin/serve --port=80 x',
  memory_max: '512M',
  cpu_weight: '200',
  settings: '/etc/vhacs/c0.nspawn',
}
const FILED: Texts = { chap_secret_file: `${MARK}-in-a-file\n`, mutual_chap_secret_file: `${MARK}-in-another\n` }

/** What becomes of the parameters: a parser takes one for no value, they do not go together, or they are used. */
type Verdict = 'refused' | 'unfit' | 'used'

interface Step {
  readonly action: string
  /** What it may answer about parameters that are used. */
  readonly codes: readonly number[]
  readonly environment?: ParameterEnvironment
}

const FAILURES = [exit.genericError, exit.invalidHere, exit.notInstalled]
const STOP: Step = { action: 'stop', codes: [exit.success] }
/** Of a resource that never ran: never that it runs, never that it is unclear. */
const STOPPED: readonly Step[] = [
  { action: 'validate-all', codes: [exit.success] },
  { action: 'validate-all', codes: [exit.success, ...FAILURES], environment: { OCF_CHECK_LEVEL: '10' } },
  { action: 'monitor', codes: [exit.notRunning] },
  { action: 'promote', codes: [exit.genericError] },
  { action: 'demote', codes: [exit.genericError] },
  { action: 'notify', codes: [exit.success] },
  STOP,
]
const START: Step = { action: 'start', codes: [exit.success, ...FAILURES] }
/** Of one whose start has succeeded, on the node of that start. */
const STARTED: readonly Step[] = [
  { action: 'promote', codes: [exit.success] },
  {
    action: 'monitor',
    codes: [exit.success, exit.runningPromoted, exit.degraded, exit.degradedPromoted],
    environment: { ...recurring, OCF_CHECK_LEVEL: '20' },
  },
  { action: 'demote', codes: [exit.success] },
  { action: 'notify', codes: [exit.success], environment: { OCF_RESKEY_CRM_meta_notify_type: 'post' } },
  STOP,
  { action: 'monitor', codes: [exit.notRunning] },
]

describe.each(subjects)('$agent', subject => {
  const agent = agentOf(subject)
  const declared = Object.entries(agent.parameters)
  const rightFor = (name: string) => subject.parameters[name] ?? OTHERS[name] ?? agent.parameters[name]?.default ?? ''
  const values = ([name, { isSecret }]: (typeof declared)[number]) =>
    isSecret ? secret : fc.oneof(hostile, spoilt(rightFor(name)), long)
  const besides = (names: readonly string[]) =>
    Object.assign({}, subject.parameters, ...names.map(name => COMPANIONS[name]))
  const live = (parameters: Texts, filed = FILED) => liveWith({ agent, subject, parameters, filed })

  test.each(declared)('%s rejects hostile text in one line, or accepts a safe value', async (name, parameter) => {
    const right = parameter.isSecret ? `${MARK}-of-another` : rightFor(name)
    await fc.assert(
      fc.asyncProperty(values([name, parameter]), text => live({ ...besides([name]), [name]: text })),
      { numRuns: 50, examples: SUFFIXES.map(suffix => [right + suffix]) },
    )
  })

  test('any number of hostile parameters at once result in one line', async () => {
    const all = fc
      .subarray(declared)
      .chain(some => fc.tuple(...some.map(one => fc.tuple(fc.constant(one[0]), values(one)))))
      .map(pairs => ({ ...besides(pairs.map(([name]) => name)), ...Object.fromEntries(pairs) }))
    await fc.assert(
      fc.asyncProperty(all, parameters => live(parameters)),
      { numRuns: 50 },
    )
  })

  const secretFiles = declared.map(([name]) => name).filter(name => name.endsWith('secret_file'))
  test.each(
    secretFiles,
  )('%s names a file with a hostile secret: it is not shown, and is accepted or refused', async name => {
    const parameters = { ...besides([name]), [name]: rightFor(name) }
    await fc.assert(
      fc.asyncProperty(secret, text => live(parameters, { ...FILED, [name]: text })),
      { numRuns: 50, examples: SUFFIXES.map(suffix => [`${MARK}-of-another${suffix}`]) },
    )
  })

  const paths = declared.map(([name]) => name).filter(name => rightFor(name).startsWith('/'))
  const circles = paths.map(name => [name, name === 'device' ? '/dev/circle' : '/etc/circle'] as const)
  const below = circles.map(([name, circle]) => [name, `${circle}/below`] as const)
  test.each([
    ...circles,
    ...below,
  ])('%s=%s may be a circular link: nothing starts, and there is nothing to stop', async (name, path) => {
    const parameters = { ...besides([name]), [name]: path }
    for (const step of [...STOPPED, { ...START, codes: FAILURES }]) {
      const { system } = worldOf(agent)
      const circle = path.replace('/below', '')
      system.put(circle, link(circle))
      await take(step, { agent, system, parameters, verdict: 'used' })
    }
  })
})

function agentOf(subject: Subject): Agent {
  const agent = agents.find(({ name }) => name === subject.agent)
  if (agent === undefined) throw new Error(subject.agent)
  return agent
}

function worldOf(agent: Agent): { readonly system: FakeSystem } {
  const make = fixtures[agent.name]
  if (make === undefined) throw new Error(`no fixture for ${agent.name}`)
  return make()
}

interface Life {
  readonly agent: Agent
  readonly subject: Subject
  readonly parameters: Texts
  /** The secrets in the files that parameters name. */
  readonly filed: Texts
}

/** Takes every action, and what follows a start that succeeds, with these parameters. */
async function liveWith(life: Life): Promise<void> {
  const { agent, subject, parameters, filed } = life
  const verdict = verdictOn(agent, parameters)
  const { system } = worldOf(agent)
  if (verdict !== 'refused') furnish[agent.name]?.(system, { parameters: withDefaults(agent, parameters), filed })
  const act = (step: Step) => take(step, { agent, system, parameters, verdict })
  for (const step of STOPPED) await act(step)
  if ((await act(START)) === exit.success) for (const step of STARTED) await act(step)
  expectHarmless(system)
  if (verdict === 'used') return
  const other = worldOf(agent).system
  expect((await call(agent, 'start', { system: other, parameters: subject.parameters })).code).toBe(exit.success)
  await take(STOP, { agent, system: other, parameters, verdict })
  expectHarmless(other)
}

function withDefaults(agent: Agent, parameters: Texts): Texts {
  const texts = Object.entries(agent.parameters).map(([name, { default: usual }]) => [name, parameters[name] || usual])
  return Object.fromEntries(texts.filter(([, text]) => text !== undefined))
}

/** According to the parsers, each one separately. */
function verdictOn(agent: Agent, parameters: Texts): Verdict {
  const texts = withDefaults(agent, parameters)
  const isRefused = Object.entries(agent.parameters).some(([name, { parse, required = false }]) => {
    const text = texts[name]
    return text === undefined ? required : throws(RangeError, () => parse(text))
  })
  if (isRefused) return 'refused'
  const environment = Object.fromEntries(Object.entries(texts).map(([name, text]) => [`OCF_RESKEY_${name}`, text]))
  const values = parseParameters(agent.parameters, environment)
  return throws(OcfError, () => agent.checkParameters?.(values)) ? 'unfit' : 'used'
}

function throws(kind: typeof RangeError | typeof OcfError, act: () => unknown): boolean {
  try {
    act()
    return false
  } catch (error) {
    if (error instanceof kind) return true
    throw error
  }
}

interface Situation extends Pick<Life, 'agent' | 'parameters'> {
  readonly system: FakeSystem
  readonly verdict: Verdict
}

/** Calls the action once; its code. */
async function take(step: Step, { agent, system, parameters, verdict }: Situation): Promise<number> {
  const effects = system.commands.length + system.changes.length
  // what waits for a target or device that such a value names shall not wait long
  const environment = { OCF_RESKEY_CRM_meta_timeout: '2000', ...step.environment }
  const { code, reasons, stderr } = await call(agent, step.action, { system, environment, parameters })
  expect(codesOf(agent, step, verdict)).toContain(code)
  expect(reasons.length).toBe(isQuiet(step.action, code, step.environment) ? 0 : 1)
  for (const line of stderr.split('\n')) {
    expect(line).toMatch(OUR_LINE)
    expect(line).toMatch(PRINTABLE)
    expect(line.length).toBeLessThan(LONGEST_LINE)
  }
  expect(stderr).not.toContain(MARK)
  if (code === exit.notConfigured || code === exit.unimplemented)
    expect(system.commands.length + system.changes.length).toBe(effects)
  return code
}

/** A monitor and the like look at the form of each value, a start and validate-all at all of them together too. */
function codesOf(agent: Agent, { action, codes }: Step, verdict: Verdict): readonly number[] {
  if (!isOffered(agent, action)) return [exit.unimplemented]
  if (action === 'stop' || verdict === 'used') return codes
  const isChecked = verdict === 'refused' || action === 'start' || action === 'validate-all'
  return isChecked ? [exit.notConfigured] : codes
}

function isOffered({ promote }: Agent, action: string): boolean {
  return promote !== undefined || !['promote', 'demote', 'notify'].includes(action)
}

function isQuiet(action: string, code: number, environment: ParameterEnvironment = {}): boolean {
  if (code === exit.success || code === exit.runningPromoted) return true
  return action === 'monitor' && code === exit.notRunning && !('OCF_RESKEY_CRM_meta_interval' in environment)
}

/** A secret may be written where it belongs. */
function expectHarmless(system: FakeSystem): void {
  expect(strangeEffects(system)).toEqual([])
  expect(withoutSecrets(system)).not.toContain(MARK)
}
