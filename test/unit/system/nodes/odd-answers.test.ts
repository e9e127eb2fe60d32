import { describe, expect, test } from 'vitest'
import { parseXml } from '../../../../cloud/xml.ts'
import { isAddressInUse } from '../../../../system/nodes/address-probe.ts'
import { isHolderRunning } from '../../../../system/nodes/cluster-lock.ts'
import { secretFileProblems } from '../../../../system/nodes/files/secret-files.ts'
import { drbdConfiguration, drbdFiles, volumeGroups } from '../../../../system/nodes/inventory.ts'
import {
  globalAddresses,
  initiatorNameOn,
  interfaceAddress,
  mountedSpace,
  nodeConf,
  softwareVersions,
  volumeGroupSpace,
} from '../../../../system/nodes/node-facts.ts'
import {
  loggedInOn,
  mountOn,
  mountsOn,
  replicationAddress,
  replicationAddresses,
  volumeOn,
  volumesOn,
} from '../../../../system/nodes/storage-facts.ts'
import { Missing, type System, ToolFailed } from '../../../../system/system.ts'
import type { ToolResult } from '../../../fake/system.ts'
import { here } from './node.ts'

/* A node's answer is not the output of its tools: a login shell with a greeting, a tool of another version, a malicious node. */

const LVS =
  '{"report":[{"lv":[\n{"vg_name":"vhacs","lv_name":"c0","lv_size":"8192","lv_path":"/dev/vhacs/c0","lv_active":"active"}\n]}]}\n'
const VGS = '{"report":[{"vg":[\n{"vg_name":"vhacs","vg_free":"1024","vg_size":"9216","vg_extent_size":"4096"}\n]}]}\n'
const IP =
  '[{"ifname":"eth1","addr_info":[\n{"family":"inet","scope":"global","local":"192.0.2.1","prefixlen":24}\n]}]\n'

interface Question {
  readonly ask: (system: System) => Promise<unknown>
  /** What the tools print; the first one is what the odd answers replace. */
  readonly answers: Readonly<Record<string, string | ToolResult>>
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  volumeGroups: { ask: system => volumeGroups(system, 'here'), answers: { vgs: VGS, lvs: LVS } },
  'volumes of groups': { ask: system => volumeGroups(system, 'here'), answers: { lvs: LVS, vgs: VGS } },
  volumeGroupSpace: { ask: system => volumeGroupSpace(system, 'here', 'vhacs'), answers: { vgs: VGS } },
  volumeOn: { ask: system => volumeOn(system, 'here', 'vhacs/c0'), answers: { lvs: LVS } },
  volumesOn: { ask: system => volumesOn(system, 'here'), answers: { lvs: LVS } },
  interfaceAddress: { ask: system => interfaceAddress(system, 'here', 'eth1'), answers: { ip: IP } },
  globalAddresses: { ask: system => globalAddresses(system, 'here'), answers: { ip: IP } },
  isAddressInUse: {
    ask: system => isAddressInUse(system, 'here', '192.0.2.9'),
    answers: { ip: '[{"dst":"192.0.2.9","dev":"eth1","state":["STALE"]}]', ping: 1 },
  },
  mountOn: {
    ask: system => mountOn(system, 'here', '/clouds/c0'),
    answers: { findmnt: '{"filesystems":[\n{"source":"/dev/sda","fstype":"ext3","options":"rw"}\n]}\n' },
  },
  mountsOn: {
    ask: system => mountsOn(system, 'here'),
    answers: {
      findmnt:
        '{"filesystems":[\n{"target":"/clouds/c0","source":"/dev/sda","fstype":"ext3","options":"rw"},{"target":"/x","source":null,"fstype":"autofs","options":"rw"}\n]}\n',
    },
  },
  drbdConfiguration: {
    ask: system =>
      drbdConfiguration(system, 'here', text => {
        try {
          return parseXml(text)
        } catch {
          throw new RangeError('no XML')
        }
      }),
    answers: { drbdadm: '<config>\n<resource name="c0"/>\n</config>\n' },
  },
  drbdFiles: { ask: system => drbdFiles(system, 'here'), answers: { ls: 'c0.res\n' } },
  nodeConf: { ask: system => nodeConf(system, 'here'), answers: { cat: 'STORAGE_IFNAME = "eth1"\n' } },
  initiatorNameOn: {
    ask: system => initiatorNameOn(system, 'here'),
    answers: { cat: '## made\nInitiatorName=iqn.2026-01.org.example:a\n' },
  },
  isHolderRunning: {
    ask: system => isHolderRunning(system, { node: 'here', pid: 77, startTime: '1000' }),
    answers: { cat: '77 (vhacs) S 1 77 77 0 -1 0 1 0 0 0 1 1 0 0 20 0 7 0 1000 200\n' },
  },
  softwareVersions: {
    ask: system => softwareVersions(system, 'here'),
    answers: { uname: '6.1.0\n', cat: 1, crmadmin: 'Pacemaker 2.1.5\n' },
  },
  mountedSpace: {
    ask: system => mountedSpace(system, 'here', ['/clouds/c0']),
    answers: { df: 'Avail Used 1B-blocks Mounted on\n1 2 3 /clouds/c0\n' },
  },
  secretFileProblems: {
    ask: system => secretFileProblems(system, 'here', ['/etc/secret']),
    answers: { stat: '0 600 /etc/secret\n' },
  },
  loggedInOn: {
    ask: system =>
      loggedInOn(system, 'here', {
        iqn: 'iqn.2026-01.org.example:c0',
        tpgt: 1,
        initiators: ['iqn.2026-01.org.example:a'],
      }),
    answers: { cat: 'InitiatorName: iqn.2026-01.org.example:a\n' },
  },
  replicationAddresses: {
    ask: system => replicationAddresses(system, 'here'),
    answers: { sh: 'resource c0 {\non here {\naddress 192.0.2.1:7800;\n}\n}\nresource c1 {\n}\n' },
  },
  replicationAddress: {
    ask: system => replicationAddress(system, 'here', 'c0'),
    answers: { cat: 'resource c0 {\non here {\naddress 192.0.2.1:7800;\n}\n}\n' },
  },
}

const inTheMiddle = (text: string, line: string) => text.replace('\n', `\n${line}\n`)

const ODD: readonly [string, (text: string) => string][] = [
  ['a greeting', text => `Welcome to here\n${text}`],
  ['a warning in the middle', text => inTheMiddle(text, '  Consider pruning vhacs VG archive with more then 8 MiB')],
  ['half an answer', text => text.slice(0, text.length / 2)],
  ['nothing', () => ''],
  ['a number', () => '5\n'],
  ['null', () => 'null\n'],
  ['a list of numbers', () => '[1]\n'],
  ['lists where texts are expected', text => text.replaceAll(/:"[^"]*"/g, ':[7]')],
  ['texts where lists are expected', text => text.replaceAll(/\[[^\]]*\]/g, '"x"')],
  ['commands where values are expected', text => text.replaceAll(/"[^"]*"(?=[,}\]])/g, '"$(id);x"')],
  ['nan', text => text.replaceAll(/"\d+"|\d+/g, 'nan')],
  ['bytes', () => '\u0000\ufffd\u001b[31m\n'],
]

describe.each(Object.entries(QUESTIONS))('%s', (_, { ask, answers }) => {
  const [[first = '', good] = []] = Object.entries(answers)

  test('takes the answer of the tool', async () => {
    await expect(ask(here(answers))).resolves.toBeDefined()
  })

  test.each(ODD)('names node and tool, or accepts a valid answer: %s', async (_kind, odd) => {
    const system = here({ ...answers, [first]: odd(String(good)) })
    const outcome = await ask(system).then(
      value => ({ value }),
      (error: unknown) => ({ error }),
    )
    if ('value' in outcome) return
    const { error } = outcome
    expect(error).toBeInstanceOf(Error)
    expect([ToolFailed, Missing, RangeError].some(kind => error instanceof kind) || isNamed(error)).toBe(true)
    expect(String(error)).toMatch(/here: |DrbdConfigError/)
    expect(String(error)).not.toMatch(/is not valid JSON|Unexpected token|undefined|TypeError/)
  })
})

function isNamed(error: unknown): boolean {
  return error instanceof Error && error.name === 'DrbdConfigError'
}

test.each([
  [
    `Welcome to here\n${VGS}`,
    `here: vgs: expected JSON, got "Welcome to here" (if root's login shell prints that, make it silent unless it is interactive)`,
  ],
  [inTheMiddle(VGS, '  Consider pruning'), 'here: vgs: expected JSON, got "Consider pruning"'],
  [VGS.replace('"1024"', 'nan'), 'here: vgs: expected JSON, got "vg_free:nan"'],
  [VGS.replace('"1024"', '"much"'), 'here: vgs: "vg_free" is "much", not a whole number'],
])('an odd answer is shown unchanged: %j', async (vgs, message) => {
  await expect(volumeGroupSpace(here({ vgs }), 'here', 'vhacs')).rejects.toThrow(message)
})

test('the holder of a lock whose state cannot be read counts as running', async () => {
  const holder = { node: 'here', pid: 77, startTime: '1000' }
  await expect(isHolderRunning(here({ cat: 'Welcome\n' }), holder)).rejects.toThrow(
    'here: expected the state of a process, got "Welcome"',
  )
  expect(await isHolderRunning(here({ cat: 1 }), holder)).toBe(false)
})
