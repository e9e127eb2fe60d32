import { resourceIds } from '../../../cloud/ids.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { COROSYNC_CONF, corosyncConf } from '../../../system/corosync/conf/corosync-conf.ts'
import { fenceConstraints, isAccepted } from '../../../system/drbd/fence-constraint.ts'
import { edited, withMembership } from '../../unit/cloud/cib.ts'
import { c0 } from '../../unit/cloud/examples.ts'
import type { FakeTool, ToolResult } from '../system.ts'
import { type FakeCluster, fakeCluster, node as nodeOf, watched } from './cluster.ts'
import { setReplication } from './growth.ts'

/** node1 after a loss of power: what runs on it, and what its side of c0 is. All other nodes are off. */
export interface LostNodes {
  readonly cluster: FakeCluster
  readonly names: readonly string[]
  runsCluster: boolean
  waitsForAll: boolean
  /** The votes that corosync counts on. */
  expected: number
  /** DRBD's state of the disk once it is up. */
  disk: string
  /** The lost nodes that were confirmed to be off. */
  readonly confirmed: Set<string>
  /** Whether node2 joins, although it was said to be off. */
  isBack: boolean
  /** Whether a device can still fence them. */
  hasDevice: boolean
}

/** node1 of a cluster of these nodes, whose storage c0 has its other side on node2. */
export function lostNodes(names: readonly string[] = ['node1', 'node2']): LostNodes {
  const cluster = fakeCluster([c0])
  const world: LostNodes = {
    ...{ cluster, names, runsCluster: true, waitsForAll: names.length === 2, expected: names.length },
    ...{ disk: 'UpToDate', confirmed: new Set(), isBack: false, hasDevice: false },
  }
  for (const { name } of cluster.nodes.slice(1)) {
    nodeOf(cluster, name).isUp = false
    cluster.cib = names.includes(name)
      ? withMembership(cluster.cib, name, 'died')
      : edited(cluster.cib, ({ attributes }) => (attributes.uname === name ? [] : undefined))
  }
  const { system } = nodeOf(cluster, 'node1')
  const members = names.map((name, index) => ({ name, id: index + 1, addresses: [`192.0.2.${index + 1}`] }))
  system.put(COROSYNC_CONF, corosyncConf('lab', members))
  cluster.active = () => activeIn(world)
  const usual = new Map(system.tools)
  for (const [tool, { isMeant = () => true, act }] of Object.entries(toolsOf(world, usual))) {
    const own = watched(cluster, 'node1', tool, act)
    system.tools.set(tool, (args, options) =>
      isMeant(args, options) ? own(args, options) : (usual.get(tool)?.(args, options) ?? 127),
    )
  }
  return world
}

function isQuorate({ runsCluster, waitsForAll, names, expected }: LostNodes): boolean {
  // corosync's mode for two nodes
  return runsCluster && !waitsForAll && (names.length === 2 || expected < 2)
}

/** Whether DRBD and its handler let c0 be promoted on node1. */
function isPromotable(world: LostNodes): boolean {
  const [fence] = fenceConstraints(world.cluster.cib)
  const isAllowed = fence === undefined || fence.allowed.join() === 'node1'
  const isChosen = fence !== undefined && isAllowed && isAccepted(fence)
  return isAllowed && (world.disk === 'UpToDate' || (world.disk === 'Consistent' && isChosen))
}

function activeIn(world: LostNodes): readonly ActiveResource[] {
  if (!isQuorate(world)) return []
  const { lvm, drbd, target, address, session, filesystem } = resourceIds('c0')
  const isServed = isPromotable(world) && world.names.slice(1).every(name => world.confirmed.has(name))
  const started = (...ids: string[]) => ids.map(id => ({ id, node: 'node1', role: 'Started' }))
  return [
    ...started(lvm),
    { id: drbd, node: 'node1', role: isServed ? 'Promoted' : 'Unpromoted' },
    ...(isServed ? started(target, address, session, filesystem) : []),
  ]
}

interface Instead {
  readonly isMeant?: (...call: Parameters<FakeTool>) => boolean
  readonly act: FakeTool
}

function toolsOf(world: LostNodes, usual: ReadonlyMap<string, FakeTool>): Readonly<Record<string, Instead>> {
  const { cluster } = world
  const down = { status: 102, stderr: 'Connection to the cluster failed\n' }
  const epochIn = (args: readonly string[]) => /^<cib admin_epoch="(\d+)"\/>$/.exec(args[2] ?? '')?.[1]
  return {
    systemctl: {
      act: ([verb]) => {
        if (verb === 'start' && !world.runsCluster) {
          world.runsCluster = true
          world.waitsForAll = world.names.length === 2
        }
        return 0
      },
    },
    'corosync-cmapctl': { act: args => cmapctl(world, args) },
    'corosync-quorumtool': {
      act: ([option, votes]) => {
        if (option === '-e') {
          world.expected = Number(votes)
          return 0
        }
        const quorate = isQuorate(world)
        return { status: quorate ? 0 : 2, stdout: `Quorate:          ${quorate ? 'Yes' : 'No'}\n` }
      },
    },
    stonith_admin: {
      act: ([, name = '']) => {
        fence(world, name)
        return 0
      },
    },
    cibadmin: {
      isMeant: (args, { environment }) =>
        epochIn(args) !== undefined || (!world.runsCluster && (environment === undefined || args[0] === '--query')),
      act: (args, { environment }) => {
        if (environment?.CIB_file !== undefined) return { status: 0, stdout: cluster.cib }
        if (!world.runsCluster) return down
        cluster.cib = cluster.cib.replace(/ admin_epoch="\d+"/, ` admin_epoch="${epochIn(args)}"`)
        return 0
      },
    },
    crm_mon: {
      isMeant: () => {
        if (isQuorate(world) && world.hasDevice) for (const name of world.names.slice(1)) fence(world, name)
        return !world.runsCluster || !isQuorate(world)
      },
      act: async (args, options) => {
        const shown = await usual.get('crm_mon')?.(args, options)
        if (!world.runsCluster || typeof shown !== 'object') return down
        return { ...shown, stdout: (shown.stdout ?? '').replace('with_quorum="true"', 'with_quorum="false"') }
      },
    },
    cat: {
      isMeant: ([path]) => path === '/proc/drbd',
      act: () => {
        const { system, ...node } = nodeOf(cluster, 'node1')
        setReplication({ ...node, system }, isQuorate(world) ? [c0] : [], drbdLine(world))
        return { status: 1, stdout: system.read('/proc/drbd') }
      },
    },
    drbdadm: {
      isMeant: ([verb]) => verb === 'get-gi',
      act: () => ({
        status: 0,
        stdout: '60AB8728579E7F28:0000000000000000:416785ABC65833FC:416685ABC65833FC:1:1:0:0:0:0:1\n',
      }),
    },
    sh: { act: (_, { input = '' }) => shell(world, input) },
  }
}

/** Pacemaker takes a node for fenced. */
function fence({ cluster, confirmed }: LostNodes, name: string): void {
  confirmed.add(name)
  cluster.cib = withMembership(cluster.cib, name, 'left')
}

function cmapctl(world: LostNodes, args: readonly string[]): ToolResult {
  if (!world.runsCluster) return { status: 1, stderr: 'Failed to initialize the cmap API. Error CS_ERR_LIBRARY\n' }
  if (args[0] !== '-s') return { status: 0, stdout: cmapOf(world) }
  if (args.join(' ') !== '-s quorum.cancel_wait_for_all u8 1') return 1
  world.waitsForAll = false
  return 0
}

function shell(world: LostNodes, input: string): ToolResult {
  if (input.includes('Starting Pacemaker '))
    return { status: 0, stdout: 'ended Nov 30 18:01:12\nmember node2 Nov 30 17:00:00\nlost node3 Nov 30 17:30:00\n' }
  if (!input.includes('drbdadm primary --force')) throw new Error('an unknown script')
  world.disk = 'UpToDate'
  return 0
}

function drbdLine({ disk }: LostNodes): string {
  return `cs:WFConnection ro:Secondary/Unknown ds:${disk}/DUnknown C r-----\n    ns:0 oos:0`
}

function cmapOf({ names, waitsForAll, isBack }: LostNodes): string {
  const nodes = names.flatMap((name, index) => [
    `nodelist.node.${index}.name (str) = ${name}`,
    `nodelist.node.${index}.nodeid (u32) = ${index + 1}`,
  ])
  const more = [
    'runtime.members.1.status (str) = joined',
    ...(isBack ? ['runtime.members.2.status (str) = joined'] : []),
    `runtime.votequorum.wait_for_all_status (u8) = ${waitsForAll ? 1 : 0}`,
  ]
  return [...nodes, ...more].join('\n')
}
