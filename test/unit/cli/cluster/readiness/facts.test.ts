import { describe, expect, test } from 'vitest'
import { parseSections } from '../../../../../cli/cluster/examine/examination.ts'
import { partFacts } from '../../../../../cli/cluster/readiness/node-facts.ts'
import type { Vserver } from '../../../../../cloud/cloud.ts'
import type { Part } from '../../../../../cloud/readiness/part.ts'
import { c0, db0, web0 } from '../../../cloud/examples.ts'
import { RECORDED } from '../../recorded.ts'

const cloud = { ...c0, initiators: ['iqn.2026-01.org.vhacs:node2'] }

/** What is said of a node that answers this. */
function factsOf(text: string, part: Part) {
  const examined = { node: 'node2', sections: parseSections(text), clockLeadSeconds: 0, clockDoubtSeconds: 0 }
  return partFacts(examined, { cloud, part, active: [], vservers: [] }).map(({ what }) => what)
}

const BOTH = ['export', 'mount'] as const

test.each(BOTH)('nothing keeps a healthy node from taking over the %s', part => {
  expect(factsOf(RECORDED, part)).toEqual([])
})

test.each(BOTH)('a full disk below /etc/iscsi does not keep a node from taking over the %s', part => {
  expect(factsOf(RECORDED.replace('/etc/iscsi 402113 ', '/etc/iscsi 12 '), part)).toEqual([])
})

/** What is at the directory of the mount, by the words before its path. */
function at(words: string) {
  return (text: string) => text.replace(`directory - ${cloud.directory}`, `${words} ${cloud.directory}`)
}

/** What differs in the answer, what is said, and for which parts. */
const TABLE: readonly [change: (text: string) => string, what: string, parts: readonly Part[]][] = [
  [
    text => text.replace('/run 50817 ', '/run 100 '),
    'the file system of /run is full; starts that write there fail',
    BOTH,
  ],
  [
    text => text.replace(' 112233 131072', ' 3 131072'),
    'the file system of /etc/iscsi is full: it has no inodes left; starts that write there fail',
    BOTH,
  ],
  [
    text => text.replace('/etc/iscsi rw,', '/etc/iscsi ro,'),
    'the file system of /etc/iscsi is read-only; starts that write there fail',
    BOTH,
  ],
  [
    text =>
      text
        .replace('== kernel\n6.1.0-44-amd64\n6.1.0-44-amd64', '== kernel\n6.1.0-44-amd64\n6.1.0-45-amd64')
        .replace('iscsi_tcp\next4\n== drbd', 'ext4\n== drbd'),
    'the modules of the running kernel 6.1.0-44-amd64 are gone from /lib/modules: iscsi_tcp cannot be loaded for a takeover',
    BOTH,
  ],
  [text => text.replace('== tools\n', '== tools\niscsiadm\nping\n'), 'iscsiadm is not installed', BOTH],
  [
    text => text.replace('/usr/lib/vhacs/fence-peer\n', ''),
    'handlers of DRBD not installed: /usr/lib/vhacs/fence-peer',
    BOTH,
  ],
  [
    text =>
      text.replaceAll(
        '"ifname":"eth1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"]',
        '"ifname":"eth1","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP"]',
      ),
    'eth1, the interface for the service address 10.77.1.100, has no carrier',
    BOTH,
  ],
  [
    text =>
      text.replaceAll(
        '"ifname":"eth1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"]',
        '"ifname":"eth1","flags":["BROADCAST","MULTICAST"]',
      ),
    'eth1, the interface for the service address 10.77.1.100, is down',
    BOTH,
  ],
  [
    text => text.replace('"local":"10.77.1.2"', '"local":"10.78.1.2"'),
    'no interface has an address in the network of 10.77.1.100/24',
    ['export'],
  ],
  [
    text =>
      text.replace('== listeners\n', '== listeners\nLISTEN 0 5 0.0.0.0:3260 0.0.0.0:* users:(("tgtd",pid=417,fd=6))\n'),
    'port 3260 of 0.0.0.0 is held by process 417 (tgtd): no target can listen there',
    ['export'],
  ],
  [
    text => text.replace('discovery_auth\n', `discovery_auth\n${cloud.iqn}\n`),
    `there is a target ${cloud.iqn}, although Pacemaker does not run c0-target here`,
    ['export'],
  ],
  [
    text => text.replace('InitiatorName=iqn.2026-01.org.vhacs:node2', 'InitiatorName=iqn.2026-01.org.vhacs:other'),
    'its initiator iqn.2026-01.org.vhacs:other is not in the ACL of c0',
    ['mount'],
  ],
  [
    text => text.replace('InitiatorName=iqn.2026-01.org.vhacs:node2', ''),
    '/etc/iscsi/initiatorname.iscsi has no InitiatorName',
    ['mount'],
  ],
  [at('mounted server:/export'), `server:/export is mounted on ${cloud.directory}`, ['mount']],
  [at('other -'), `${cloud.directory} is not a directory`, ['mount']],
  [at('blocked /clouds'), `${cloud.directory} cannot be created: /clouds is not a directory`, ['mount']],
  [
    at('missing ro,relatime:9000:4096:9000:9000'),
    `${cloud.directory} does not exist, and its file system is read-only`,
    ['mount'],
  ],
  [at('missing rw:2:4096:9000:9000'), `${cloud.directory} does not exist, and its file system is full`, ['mount']],
  [at('missing rw:9000:4096:1:9000'), `${cloud.directory} does not exist, and its file system is full`, ['mount']],
  [
    text => text.replace('/etc/iscsi directory', '/etc/iscsi regular file'),
    '/etc/iscsi/nodes is not a directory (regular file): no login can write its node record',
    ['mount'],
  ],
  [
    text => text.replace('/etc/iscsi directory', '/etc/iscsi missing').replace('/etc/iscsi 402113 ', '/etc/iscsi 12 '),
    'iscsiadm has no directory for node records yet, which the first login needs room for',
    ['mount'],
  ],
]

describe.each(BOTH)('what keeps a node from taking over the %s', part => {
  test.each(TABLE)('%#', (change, what, parts) => {
    const text = change(RECORDED)
    expect(text).not.toBe(RECORDED)
    expect(factsOf(text, part)).toEqual(parts.includes(part) ? [what] : [])
  })
})

test.each([
  ['a directory that can be created', at('missing rw:9000:4096:9000:9000')],
  ['a directory on a file system without a fixed number of inodes', at('missing rw:9000:4096:0:0')],
  ['an answer about another directory', (text: string) => text.replace(cloud.directory, '/srv/other')],
  [
    'a directory for records that is created by the first login',
    (text: string) => text.replace('/etc/iscsi directory', '/etc/iscsi missing'),
  ],
])('%s does not keep a mount away', (_, change) => {
  expect(factsOf(change(RECORDED), 'mount')).toEqual([])
})

test('the mount of the node itself is not in the way', () => {
  const sections = parseSections(at('mounted /dev/sda')(RECORDED))
  const examined = { node: 'node2', sections, clockLeadSeconds: 0, clockDoubtSeconds: 0 }
  const active = [{ id: 'c0-filesystem', node: 'node2', role: 'Started' }] as const
  const here = { cloud, part: 'mount', vservers: [], active } as const
  expect(partFacts(examined, here)).toEqual([])
  expect(partFacts({ ...examined, node: 'node3' }, here).map(({ what }) => what)).toEqual([
    `/dev/sda is mounted on ${cloud.directory}`,
  ])
})

test.each([
  ['a file system without a fixed number of inodes', (text: string) => text.replace(' 112233 131072', ' 0 0')],
  [
    'a listener on an address that is no portal',
    (text: string) =>
      text.replace(
        '== listeners\n',
        '== listeners\nLISTEN 0 5 127.0.0.1:3260 0.0.0.0:* users:(("socat",pid=9,fd=6))\n',
      ),
  ],
  [
    'LIO itself, for another storage',
    (text: string) => text.replace('== listeners\n', '== listeners\nLISTEN 0 256 0.0.0.0:3260 0.0.0.0:*\n'),
  ],
  ['a missing tool that only vhacs uses', (text: string) => text.replace('== tools\n', '== tools\nping\n')],
])('%s is not in the way', (_, change) => {
  expect(factsOf(change(RECORDED), 'export')).toEqual([])
})

describe('vservers on the cloud', () => {
  const bridged = { ...db0, parameters: { network: 'bridge:br0' } }
  const beside = { ...db0, name: 'db1', parameters: { network: 'macvlan:eth2' } }

  /** What a node that has these answers of them. */
  function containerFactsOf(answer: string | undefined, vservers: readonly Vserver[]) {
    const section = answer === undefined ? '' : `== containers\n${answer}\n`
    const sections = parseSections(
      RECORDED.replace(/^== containers\n[^=]*/m, '').replace('== records\n', `${section}== records\n`),
    )
    const examined = { node: 'node2', sections, clockLeadSeconds: 0, clockDoubtSeconds: 0 }
    return partFacts(examined, { cloud, part: 'mount', active: [], vservers }).map(({ what }) => what)
  }

  test.each<[string, string | undefined, readonly Vserver[], readonly string[]]>([
    [
      'all that they need',
      'systemd 252\ncgroups\ninterface eth2\ninterface br0\nbridge br0',
      [web0, bridged, beside],
      [],
    ],
    ['nothing, which nobody needs', '', [], []],
    ['no answer to that question', undefined, [web0, bridged], []],
    ['no container at all', 'cgroups', [web0], ['systemd-nspawn is not installed: no vserver can run here']],
    [
      'none of it',
      'interface lo',
      [web0, bridged, beside],
      [
        'systemd-nspawn is not installed: no vserver can run here',
        'control groups of version 2 are not in use: no vserver can run here',
        'there is no interface br0: db0 cannot run here',
        'there is no interface eth2: db1 cannot run here',
      ],
    ],
    [
      'an interface of that name',
      'systemd 252\ncgroups\ninterface br0',
      [bridged],
      ['br0 is not a bridge: db0 cannot run here'],
    ],
  ])('a node with %s', (_, answer, vservers, facts) => {
    expect(containerFactsOf(answer, vservers)).toEqual(facts)
  })
})
