import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { secretFindings } from '../../../cli/cluster/check/clouds/secret-findings.ts'
import { nodeFindings } from '../../../cli/cluster/check/node-findings.ts'
import { verificationFindings } from '../../../cli/cluster/check/verification-findings.ts'
import { type Examination, parseSections } from '../../../cli/cluster/examine/examination.ts'
import { usedHeader } from '../../../cli/cluster/examine/fencing/sbd-header.ts'
import { differenceFindings } from '../../../cli/cluster/findings/difference-findings.ts'
import { fencingFindings } from '../../../cli/cluster/findings/fencing-findings.ts'
import { fencingAdvice } from '../../../cli/cluster/init/findings/fencing-advice.ts'
import { initFindings } from '../../../cli/cluster/init/findings/init-findings.ts'
import { readCluster } from '../../../cloud/cib/read/cluster.ts'
import { cibOf } from '../cloud/cib.ts'
import { c0 } from '../cloud/examples.ts'
import { superlinear } from './growth.ts'

/* Reading the sections of a node's answer takes a time in proportion to their length, whichever of them is long. */

const RECORDED = parseSections(
  readFileSync(new URL('../../fixtures/examination/debian-12.txt', import.meta.url), 'utf8'),
)
/** What only --init asks for. */
const OF_INIT = ['configured', 'fencing', 'ids', 'disks', 'header', 'others', 'disk', 'signatures']
const SECTIONS = [...new Set([...RECORDED.keys(), ...OF_INIT, 'timers'])]

const REQUEST = {
  nodes: ['node1', 'node2'],
  clusterName: 'x',
  roles: ['storage'],
  fencing: { by: 'disk', device: '/dev/sdx' },
  alerts: [],
} as const
const CLUSTER = readCluster(cibOf({ clouds: [c0], nodes: ['node1', 'node2'] }))
const FENCING = {
  isEnabled: true,
  enablingProperty: 'stonith-enabled',
  devices: ['x'],
  sbdDevices: ['x'],
  sbdTypes: ['external/sbd'],
  queriedDevices: ['x'],
  legacyDevices: ['x'],
  addedSeconds: 0,
  byWatchdog: true,
}

/** All that is made of what nodes say. */
function judge(examinations: readonly Examination[]): void {
  for (const examined of examinations) nodeFindings(examined, { cluster: CLUSTER, down: [] })
  fencingFindings(examinations, FENCING, {
    settled: [{ id: 'x', node: 'node1', role: 'Started' }],
    unresponsive: new Set(),
  })
  secretFindings(examinations, CLUSTER)
  verificationFindings(CLUSTER, examinations, 0)
  differenceFindings(examinations)
  initFindings({ examinations, ends: new Map(), unreached: new Map() }, REQUEST)
  fencingAdvice(examinations)
  usedHeader(examinations)
}

function examinationsWith(changed: Readonly<Record<string, string>>): Examination[] {
  return REQUEST.nodes.map(node => ({
    node,
    sections: new Map([...RECORDED, ...Object.entries(changed)]),
    clockLeadSeconds: 0,
    clockDoubtSeconds: 0,
  }))
}

const lines = (line: (number: number) => string) => (size: number) =>
  Array.from({ length: Math.ceil(size / line(0).length) }, (_, index) => line(index)).join('\n')

const disk = (number: number) =>
  `{"path":"/dev/d${number}","serial":null,"wwn":"w${number}","size":1,"type":"disk","fstype":null,"ro":false,"mountpoints":[null]}`
const disks = (size: number) => `{"blockdevices":[${lines(disk)(size).replaceAll('\n', ',')}]}`
const file = (number: number) => `/etc/drbd.d/n${number}.res\n # Made by vhacs for the cloud`

test.each<[string, Readonly<Record<string, (size: number) => string>>]>([
  ...SECTIONS.flatMap((section): [string, Record<string, (size: number) => string>][] => [
    [`words in ${section}`, { [section]: lines(number => `n${number}`) }],
    [`blanks in ${section}`, { [section]: size => ' '.repeat(size) }],
    [`brackets in ${section}`, { [section]: size => '[{"'.repeat(size / 3) }],
    [`lines like the recorded ones in ${section}`, { [section]: lines(() => RECORDED.get(section) || 'x') }],
  ]),
  [
    'volumes and files',
    {
      volumes: lines(number => `vhacs n${number} vhacs_create_1`),
      resources: lines(number => `n${number}.res`),
      configurations: lines(file),
    },
  ],
  ['disks and their names', { disks, ids: lines(number => `/dev/disk/by-id/x${number} /dev/d${number}`) }],
  [
    'names that are not known and not reached',
    {
      names: lines(number => `n${number}`),
      ssh: lines(number => `m${number}`),
    },
  ],
])('%s', { timeout: 120_000 }, (_, texts) => {
  // what compares two lists is quick at first
  const sizes = Object.keys(texts).length > 1 ? [2_000, 20_000, 200_000] : [2_000, 20_000]
  const act = (size: string) => {
    const length = Number(size)
    judge(examinationsWith(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text(length)]))))
  }
  expect(superlinear(act, parts => String(parts), sizes)).toBeUndefined()
})
