import { describe, expect, test } from 'vitest'
import { verificationFindings } from '../../../../cli/cluster/check/verification-findings.ts'
import type { Examination } from '../../../../cli/cluster/examine/examination.ts'
import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { drbdConfig } from '../../../../cloud/compose/drbd/config.ts'
import { c0 } from '../../cloud/examples.ts'

const NOW = Date.UTC(2026, 0, 1)
const IN_SYNC = 'cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:0 oos:0'

interface Node {
  readonly name: string
  readonly drbd?: string
  readonly file?: string
  readonly kernel?: string
  readonly timer?: string
}

const ENDS = c0.storageNodes.map((node, index) => ({ node, address: `192.0.2.${index + 1}` }))

function examination({ name, drbd = IN_SYNC, file = 'crc32c', kernel = file, timer = 'disabled' }: Node): Examination {
  const option = (text: string, algorithm: string) =>
    algorithm === ''
      ? text.replace(/\t\tverify-alg .*\n/, '')
      : text.replace('verify-alg crc32c', `verify-alg ${algorithm}`)
  const text = option(drbdConfig(c0, { ends: ENDS, major: 8, secret: 's' }), file)
  const sections = new Map([
    ['resources', 'c0.res'],
    ['configurations', `/etc/drbd.d/c0.res\n${text.replace(/^/gm, ' ')}`],
    ['applied', `resource c0 {\n net {\n${kernel === '' ? '' : ` verify-alg "${kernel}";`}\n }\n}\n`],
    ['replication', `version: 8.4.11 (api:1/proto:86-101)\n ${c0.minor}: ${drbd}\n`],
    ['timers', `vhacs-verify.timer ${timer}`],
  ])
  return { node: name, sections, clockLeadSeconds: 0, clockDoubtSeconds: 0 }
}

function findings(nodes: readonly [Node, Node], record?: string) {
  const attributes = record === undefined ? {} : { 'vhacs-verification-c0': record }
  const cluster = { clouds: [c0], nodes: [{ name: 'node1', attributes }] } as unknown as Cluster
  return verificationFindings(cluster, nodes.map(examination), NOW).map(
    ({ severity, what, todo }) => `${severity}: ${what}: ${todo}`,
  )
}

const [node1, node2] = [{ name: 'node1' }, { name: 'node2' }] as const

test('nothing is found where nothing was verified, and the timer is not enabled', () => {
  expect(findings([node1, node2])).toEqual([])
  expect(findings([node1, node2], '2025-01-01T03:00:00Z equal 0 12')).toEqual([])
})

test('an old verification is a finding where the timer is enabled', () => {
  const timed = { ...node2, timer: 'enabled' }
  expect(findings([node1, timed], '2025-11-01T03:00:00Z equal 0 12')).toEqual([
    expect.stringMatching(/^warning: c0 was not verified for 60 days, although vhacs-verify.timer is enabled/),
  ])
  expect(findings([node1, timed], '2025-12-01T03:00:00Z equal 0 12')).toEqual([])
  expect(findings([node1, timed])).toEqual([])
})

describe('a difference', () => {
  const differs = (one: Node) => ({ ...one, drbd: IN_SYNC.replace('oos:0', 'oos:8') })

  test('that a verification found is an error until it is repaired', () => {
    expect(findings([differs(node1), differs(node2)], '2025-12-31T03:00:00Z different 8192 12')).toEqual([
      expect.stringMatching(/^error: 8K of c0 differ between its two sides: .*"vhacs storage --repair c0"/),
    ])
  })

  test('may be what was never written, until the first verification has ended', () => {
    expect(findings([differs(node1), differs(node2)])).toEqual([
      expect.stringMatching(/^warning: 8K of c0 differ .*never written.*: run "vhacs storage --verify c0"/),
    ])
  })

  test('that a resync has copied since is still named', () => {
    expect(findings([node1, node2], '2025-12-31T03:00:00Z different 8192 12')).toEqual([
      expect.stringMatching(/^warning: .*found a difference, which a resync has copied since/),
    ])
    expect(findings([node1, node2], '2025-12-31T03:00:00Z repaired 8192 12')).toEqual([])
  })
})

test('a verification that runs is named, with its progress and how to stop it', () => {
  const state = (connection: string) =>
    IN_SYNC.replace('Connected', connection).concat('\n\t[==>...] verified: 42.0% (1/2)K')
  expect(
    findings([
      { ...node1, drbd: state('VerifyT') },
      { ...node2, drbd: state('VerifyS') },
    ]),
  ).toEqual([
    expect.stringMatching(/^warning: c0 is being verified \(42%\): .*"drbdadm -- --stop=0 verify c0" there stops it/),
  ])
})

describe('verify-alg', () => {
  test.each<[string, Node, Node]>([
    ['one file lacks it', { ...node1, kernel: '' }, { ...node2, file: '' }],
    ['the files have different ones', { ...node1, file: 'sha1' }, node2],
    ['a kernel has not got it yet', { ...node1, kernel: '' }, { ...node2, kernel: '' }],
  ])('is an error where %s', (_, one, other) => {
    expect(findings([one, other])).toEqual([
      expect.stringMatching(/^error: verify-alg of c0 is not the same everywhere .*"vhacs storage --verify c0"/),
    ])
  })

  test('is none where it is in no file: an older storage, or the common section', () => {
    expect(
      findings([
        { ...node1, file: '' },
        { ...node2, file: '' },
      ]),
    ).toEqual([])
    expect(
      findings([
        { ...node1, file: '', kernel: 'sha1' },
        { ...node2, file: '', kernel: 'sha1' },
      ]),
    ).toEqual([])
  })
})
