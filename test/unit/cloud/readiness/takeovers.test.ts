import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AbsenceKind } from '../../../../cloud/readiness/absence.ts'
import { element } from '../../../../cloud/xml.ts'
import { withChildren, withMembership, withMeta, withNodeAttribute, withoutId } from '../cib.ts'
import { c0 } from '../examples.ts'
import { runTool } from '../pacemaker.ts'
import { inDirectory } from '../tools.ts'
import { judged } from './judge.ts'
import { runningCib } from './running.ts'

/*
 * node1 exports c0, and node2 has it mounted; the real scheduler says what becomes of it.
 */

let cib: string
beforeAll(() => {
  cib = runningCib([c0], ['node1', 'node2'])
})

const location = (id: string, rsc: string, node: string, more: Readonly<Record<string, string>> = {}) =>
  element('rsc_location', { id, rsc, node, score: '-INFINITY', ...more })
const nvpair = (id: string, name: string, value: string) => element('nvpair', { id, name, value })
const constraint = (added: Parameters<typeof withChildren>[2]) => (text: string) =>
  withChildren(text, 'constraints', added)
const option = (name: string, value: string) => (text: string) =>
  withChildren(text, 'options', nvpair(`options-${name}`, name, value))
const failed = (node: string, resource: string, count: string) => (text: string) =>
  withChildren(
    text,
    `status-${node.replace('node', '')}`,
    nvpair(`fail-${node}`, `fail-count-${resource}#start_0`, count),
  )

describe.each<AbsenceKind>(['loss', 'standby'])('in a healthy cluster, at the %s of', how => {
  test('the node that exports, the other storage node takes the export over', () => {
    expect(judged(cib, { node: 'node1', how })).toMatchObject([
      { cloud: 'c0', part: 'export', without: 'node1', when: [how], by: ['node2'], obstacles: [] },
    ])
  })

  test('the node that has it mounted, the other vhost takes the mount over', () => {
    expect(judged(cib, { node: 'node2', how })).toMatchObject([
      { cloud: 'c0', part: 'mount', without: 'node2', by: ['node1'], obstacles: [] },
    ])
  })
})

test('the actions are those of the cloud', () => {
  const [takeover] = judged(cib, { node: 'node1', how: 'loss' })

  expect(takeover?.actions).toContainEqual({ task: 'promote', resource: 'c0-drbd', from: 'node2', to: undefined })
  expect(takeover?.actions.filter(({ resource }) => !resource.startsWith('c0-'))).toEqual([])
})

/** How the CIB is changed, the absent node, the part that is not taken over, what is said, and the command against it. */
const IN_THE_WAY: readonly [
  change: (text: string) => string,
  node: string,
  part: 'export' | 'mount',
  what: string,
  todo: string,
][] = [
  [
    constraint(location('cli-ban-c0-export-on-node2', 'c0-export', 'node2')),
    'node1',
    'export',
    'the constraint cli-ban-c0-export-on-node2 bans c0-export from node2',
    'crm_resource --clear -r c0-export -N node2',
  ],
  [
    constraint(location('cli-ban-c0-drbd-clone-on-node2', 'c0-drbd-clone', 'node2', { role: 'Promoted' })),
    'node1',
    'export',
    'the constraint cli-ban-c0-drbd-clone-on-node2 bans c0-drbd-clone from node2',
    'crm_resource --clear -r c0-drbd-clone -N node2',
  ],
  [
    constraint(location('cli-ban-c0-mount-on-node1', 'c0-mount', 'node1')),
    'node2',
    'mount',
    'the constraint cli-ban-c0-mount-on-node1 bans c0-mount from node1',
    'crm_resource --clear -r c0-mount -N node1',
  ],
  [
    constraint(location('by-hand', 'c0-target', 'node2')),
    'node1',
    'export',
    'the constraint by-hand bans c0-target from node2',
    `cibadmin --delete --xpath "//rsc_location[@id='by-hand']"`,
  ],
  [
    constraint(
      element('rsc_location', { id: 'ruled', rsc: 'c0-filesystem' }, [
        element('rule', { id: 'ruled-rule', score: '-INFINITY' }, [
          element('expression', { id: 'ruled-expression', attribute: '#uname', operation: 'eq', value: 'node1' }),
        ]),
      ]),
    ),
    'node2',
    'mount',
    'the constraint ruled bans c0-filesystem from node1',
    `cibadmin --delete --xpath "//rsc_location[@id='ruled']"`,
  ],
  [
    constraint(
      element('rsc_location', { id: 'drbd-fence-by-handler-c0-c0-drbd-clone', rsc: 'c0-drbd-clone' }, [
        element('rule', { id: 'fence-rule', role: 'Promoted', score: '-INFINITY' }, [
          element('expression', { id: 'fence-expression', attribute: '#uname', operation: 'ne', value: 'node1' }),
        ]),
      ]),
    ),
    'node1',
    'export',
    "DRBD's fence constraint drbd-fence-by-handler-c0-c0-drbd-clone keeps the old data of node2 from being promoted",
    'vhacs storage --unfail c0',
  ],
  [
    constraint(
      element('rsc_colocation', { id: 'apart', rsc: 'c0-mount', 'with-rsc': 'c0-export', score: '-INFINITY' }),
    ),
    'node2',
    'mount',
    'the constraint apart ties c0-mount to something else',
    `if nobody needs it: cibadmin --delete --xpath "//rsc_colocation[@id='apart']"`,
  ],
  [
    text => withMeta(text, 'c0-mount', 'is-managed', 'false'),
    'node2',
    'mount',
    'c0-mount has is-managed=false: Pacemaker neither stops nor moves it',
    'crm_resource -r c0-mount --meta -d is-managed',
  ],
  [
    text => withMeta(text, 'c0-export', 'maintenance', 'true'),
    'node1',
    'export',
    'c0-export has maintenance=true: Pacemaker neither monitors nor moves it',
    'crm_resource -r c0-export --meta -d maintenance',
  ],
  [
    text => withMeta(text, 'c0-mount', 'target-role', 'Stopped'),
    'node2',
    'mount',
    'c0-mount has target-role=Stopped: Pacemaker does not run it in the role that is needed',
    'crm_resource -r c0-mount --meta -d target-role',
  ],
  [
    text => withMeta(text, 'c0-drbd-clone', 'target-role', 'Slave'),
    'node1',
    'export',
    'c0-drbd-clone has target-role=Slave: Pacemaker does not run it in the role that is needed',
    'crm_resource -r c0-drbd-clone --meta -d target-role',
  ],
  [
    text =>
      withChildren(
        text,
        'configuration',
        element('rsc_defaults', {}, [
          element('meta_attributes', { id: 'defaults' }, [nvpair('defaults-managed', 'is-managed', 'false')]),
        ]),
      ),
    'node2',
    'mount',
    'the default of all resources is is-managed=false: Pacemaker neither stops nor moves it',
    `cibadmin --delete --xpath "//rsc_defaults//nvpair[@name='is-managed']"`,
  ],
  [
    failed('node2', 'c0-target', 'INFINITY'),
    'node1',
    'export',
    'Pacemaker does not start c0-target on node2 again, because it has failed there',
    'crm_resource --cleanup -r c0-target -N node2',
  ],
  [
    failed('node1', 'c0-filesystem', '3'),
    'node2',
    'mount',
    'Pacemaker does not start c0-filesystem on node1 again, because it has failed 3 times there',
    'crm_resource --cleanup -r c0-filesystem -N node1',
  ],
  [
    option('maintenance-mode', 'true'),
    'node1',
    'export',
    'the cluster is in maintenance mode',
    'crm_attribute --name maintenance-mode --update false',
  ],
  [
    option('stop-all-resources', 'true'),
    'node1',
    'export',
    'the property stop-all-resources is set',
    'crm_attribute --name stop-all-resources --delete',
  ],
  [
    text => withNodeAttribute(text, 'node2', 'standby', 'on'),
    'node1',
    'export',
    'node2 is in standby',
    'vhacs node --active node2',
  ],
  [
    text => withNodeAttribute(text, 'node1', 'maintenance', 'true'),
    'node2',
    'mount',
    'node1 is in maintenance',
    'crm_attribute --node node1 --name maintenance --delete',
  ],
  [
    text => withoutId(text, 'status-2'),
    'node1',
    'export',
    'the data of c0 on node2 are not known to be up to date (c0-drbd has no promotion score there)',
    'vhacs storage --info c0',
  ],
  [
    text => withNodeAttribute(text, 'node1', 'vhacs-vhost', 'false'),
    'node2',
    'mount',
    'no other node has the vhost role',
    'vhacs node --setrole vhost NODE',
  ],
]

describe.each<AbsenceKind>(['loss', 'standby'])('what is in the way of a takeover, at the %s of a node', how => {
  test.each(
    IN_THE_WAY.map(([change, node, part, what, todo]) => [what, { change, node, part, todo }] as const),
  )('%s', (what, { change, node, part, todo }) => {
    const found = judged(change(cib), { node, how }).find(takeover => takeover.part === part)

    expect(found?.obstacles.map(obstacle => [obstacle.what, obstacle.todo])).toEqual([[what, todo]])
  })
})

test('what is said about a lost node goes for a lost quorum: of three nodes, one is down already', () => {
  const three = withMembership(runningCib([c0], ['node1', 'node2', 'node3']), 'node3', 'left')

  const [found] = judged(three, { node: 'node1', how: 'loss' })
  expect(found?.obstacles.map(({ what }) => what)).toEqual([
    'the other nodes that are online have no quorum, and no-quorum-policy forbids them to start anything',
  ])
  expect(judged(three, { node: 'node1', how: 'standby' })).toMatchObject([{ by: ['node2'], obstacles: [] }])
})

test.each([
  ['is disabled', option('stonith-enabled', 'false'), 'node2 would not be fenced'],
  [
    'has no device',
    (text: string) => withoutId(text, 'sbd'),
    'there is no fencing device, without which Pacemaker starts nothing',
  ],
])('a node is not replaced while fencing %s', (_, change, what) => {
  const [found] = judged(change(withoutId(cib, 'options-stonith-enabled')), { node: 'node2', how: 'loss' })

  expect(found?.obstacles.map(obstacle => obstacle.what)).toEqual([what])
})

test('a ban on one vhost of several is not in the way', () => {
  const three = runningCib([c0], ['node1', 'node2', 'node3'])
  const banned = constraint(location('cli-ban-c0-mount-on-node1', 'c0-mount', 'node1'))(three)

  expect(judged(banned, { node: 'node2', how: 'loss' })).toMatchObject([
    { part: 'mount', by: ['node3'], obstacles: [] },
  ])
})

test('a cloud in standby is not judged', () => {
  const stopped = runningCib([{ ...c0, state: 'standby' }], ['node1', 'node2'])

  expect(judged(stopped, { node: 'node1', how: 'loss' })).toEqual([])
})

/** Those whose command is one of Pacemaker's tools that work on a file. */
const ON_FILES = IN_THE_WAY.filter(([, , , , todo]) =>
  /^(crm_resource --clear|crm_resource -r|crm_attribute|cibadmin)/.test(todo),
)

test.each(
  ON_FILES.map(([change, node, part, what, todo]) => [todo, { change, node, part, what }] as const),
)('the command does it: %s', (todo, { change, node, part }) => {
  const words = todo.split(' ').map(word => word.replace(/^"|"$/g, ''))
  const repaired = inDirectory(directory => {
    const file = join(directory, 'cib.xml')
    writeFileSync(file, change(cib))
    const [tool = '', ...args] = words
    const { status, stderr } = runTool(tool, args, { CIB_file: file })
    expect(stderr).not.toMatch(/error/i)
    expect(status).toBe(0)
    return readFileSync(file, 'utf8')
  })

  expect(judged(repaired, { node, how: 'loss' })).toMatchObject([{ part, obstacles: [] }])
})
