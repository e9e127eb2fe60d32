import { expect, test } from 'vitest'
import { unfinishedMembership } from '../../../../../cli/cluster/membership/unfinished.ts'
import { EMPTY_CLUSTER } from '../../../../../cloud/cib/read/cluster.ts'
import { corosyncConf } from '../../../../../system/corosync/conf/corosync-conf.ts'
import { withMember } from '../../../../../system/corosync/conf/members.ts'
import { confTexts } from '../../../../../system/corosync/conf/texts.ts'
import { MEMBERS } from '../../../../fake/cluster/membership.ts'
import { c0 } from '../../../cloud/examples.ts'

const [two, three] = [corosyncConf('lab', MEMBERS.slice(0, 2)), corosyncConf('lab', MEMBERS)]

/** A check of nodes that have these files, in a cluster whose CIB has nodes with these attributes. */
function check(confs: readonly string[], attributes: readonly Record<string, string>[]) {
  const examinations = confs.map((ring, index) => ({
    ...{ node: `node${index + 1}`, sections: new Map([['ring', ring.trim()]]) },
    ...{ clockLeadSeconds: 0, clockDoubtSeconds: 0 },
  }))
  const nodes = attributes.map((found, index) => ({ name: `node${index + 1}`, isOnline: true, attributes: found }))
  const findings = unfinishedMembership(examinations, { ...EMPTY_CLUSTER, nodes })
  return findings.map(({ node, what, todo }) => `${node ?? 'cluster'}: ${what}: ${todo}`)
}

const FULL = { 'vhacs-initiator': 'iqn.2026-01.org.vhacs:x' }

test.each([
  ['all have joined', [three, three, three], [FULL, FULL, FULL], []],
  ['a list that names no nodes tells nothing', ['totem { }', three], [FULL], []],
  [
    'a join has reached the members',
    [three, three],
    [FULL, FULL],
    [/^cluster: .* names node3, .*cluster --join node3.*--part node3/],
  ],
  ['it has reached one of them', [two, three], [FULL, FULL], [/names node3/]],
  [
    'the node runs, without its roles',
    [three, three, three],
    [FULL, FULL, {}],
    [/^node3: it has neither a role .*--join node3/],
  ],
  [
    'a part has not reached Pacemaker',
    [two, two],
    [FULL, FULL, FULL],
    [/^node3: .* does not name it: .*cluster --part node3.*node --forget node3/],
  ],
])('a check, when %s', (_, confs, attributes, expected) => {
  expect(check(confs, attributes)).toEqual(expected.map(pattern => expect.stringMatching(pattern)))
})

test('a check names sides of storages on nodes that are not complete members', () => {
  const ring = { node: 'node1', sections: new Map([['ring', two.trim()]]), clockLeadSeconds: 0, clockDoubtSeconds: 0 }
  const node = (name: string) => ({ name, isOnline: true, attributes: FULL })
  const clouds = [{ ...c0, storageNodes: ['node1', 'node3'] as const }]
  const found = (names: readonly string[]) =>
    unfinishedMembership([ring], { ...EMPTY_CLUSTER, nodes: names.map(node), clouds }).map(({ what, todo }) => [
      what,
      todo,
    ])
  expect(found(['node1', 'node2', 'node3'])).toEqual([
    [
      '/etc/corosync/corosync.conf does not name it, and it has sides of c0, which have no redundancy',
      expect.stringMatching(/^give them to another node with "vhacs node --evacuate node3"/),
    ],
  ])
  expect(found(['node1', 'node2'])).toEqual([
    [
      'c0 has a side on node3, which is not a node of this cluster: it has no redundancy',
      'give it to another node: vhacs storage --replace c0 --from node3 --to NODE',
    ],
  ])
})

test.each([
  ['nowhere', [two, two], { without: two, withNode: undefined }],
  ['everywhere', [three, three], { without: two, withNode: three }],
  ['on some', [two, three], { without: two, withNode: three }],
])('the two files of a cluster, with a node that is %s in them', (_, texts, expected) => {
  expect(confTexts(texts, 'node3')).toEqual(expected)
})

test('an administrator who writes them otherwise gets his own back', () => {
  const own = two.replace('\twait_for_all: 1\n', '').replace('two_node: 1', 'two_node: 1 ')
  const more = withMember(own, { name: 'node3', id: 3, addresses: ['10.77.2.3', '10.77.1.3'] })
  expect(confTexts([own, more], 'node3')).toEqual({ without: own, withNode: more })
})

test.each([
  [two, two.replace('5000', '6000')],
  [two, three.replace('5000', '6000')],
])('files that differ otherwise are refused', (...texts) => {
  expect(() => confTexts(texts, 'node3')).toThrow('it is not the same on all nodes')
})
