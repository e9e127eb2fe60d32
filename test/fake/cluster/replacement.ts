import { clusterIn } from '../../../cloud/cib/read/cluster.ts'
import { sidesIn } from '../../../cloud/compose/drbd/side.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { parsedCib } from '../../unit/cloud/cib.ts'
import type { ToolResult } from '../system.ts'
import { type FakeCluster, node as nodeOf, watched } from './cluster.ts'
import { followScheduler } from './rehearsal.ts'
import type { FakeNode, NodeVolume } from './storage-node.ts'

/** The data of the sides of a cluster's clouds. */
export interface FakeSides {
  /** The volumes that have all data, and those that have none yet, with the percentage. */
  readonly copied: Map<NodeVolume, number>
  /** What /proc/drbd shows of a node instead of what follows from all else. */
  readonly shown: Map<string, string>
  /** By node and cloud: the file when DRBD there has last read it. */
  readonly applied: Map<string, string | undefined>
}

const EXTENT = 4 * 2 ** 20

/**
 * Makes Pacemaker's scheduler decide where the sides of the clouds run, and DRBD connect those that name each other; a new volume gets the data
 * while it is looked at.
 */
export function replaceable(cluster: FakeCluster): FakeSides {
  const sides: FakeSides = { copied: new Map(), shown: new Map(), applied: new Map() }
  for (const { volumes } of cluster.nodes) for (const volume of volumes.values()) sides.copied.set(volume, 100)
  followScheduler(cluster)
  const scheduled = cluster.active
  // a node that is lost runs nothing
  cluster.active = () => scheduled().filter(({ node }) => nodeOf(cluster, node).isUp)
  for (const node of cluster.nodes) {
    const { tools } = node.system
    const usual = {
      ...{ cat: tools.get('cat'), lvs: tools.get('lvs'), lvchange: tools.get('lvchange') },
      drbdadm: tools.get('drbdadm'),
    }
    for (const cloud of node.volumes.keys()) sides.applied.set(`${node.name} ${cloud}`, textOf(node, cloud))
    tools.set('drbdadm', async (args, options) => {
      const result = (await usual.drbdadm?.(args, options)) ?? 127
      const [verb, cloud = ''] = args
      if (verb === 'adjust' && result === 0) sides.applied.set(`${node.name} ${cloud}`, textOf(node, cloud))
      return result
    })
    tools.set('cat', (args, options) => {
      if (args.includes('/proc/drbd')) node.system.put('/proc/drbd', procDrbd(cluster, node, sides))
      return usual.cat?.(args, options) ?? 127
    })
    tools.set('lvs', (args, options) => report(node, args) ?? usual.lvs?.(args, options) ?? 127)
    const change = watched(cluster, node.name, 'lvchange', args => retag(node, args))
    tools.set('lvchange', (args, options) =>
      args.includes('--deltag') ? change(args, options) : (usual.lvchange?.(args, options) ?? 127),
    )
  }
  return sides
}

/** Whether DRBD of a cloud is up on a node: Pacemaker runs it, and it has what it needs. */
function isUp(node: FakeNode, cloud: string): boolean {
  return (
    node.runs(resourceIds(cloud).drbd) &&
    node.volumes.get(cloud)?.hasMetadata === true &&
    textOf(node, cloud) !== undefined
  )
}

function textOf({ system }: FakeNode, cloud: string): string | undefined {
  return system.list('/etc/drbd.d').includes(`${cloud}.res`) ? system.read(`/etc/drbd.d/${cloud}.res`) : undefined
}

function procDrbd(cluster: FakeCluster, node: FakeNode, sides: FakeSides): string {
  const shown = sides.shown.get(node.name)
  const lines = clusterIn(parsedCib(cluster.cib)).clouds.flatMap(({ name, minor }) => {
    if (!isUp(node, name)) return []
    return [` ${minor}: ${shown ?? line(cluster, node, name, sides)}\n`]
  })
  return `version: ${node.drbdVersion} (api:1/proto:86-101)\n${lines.join('')}`
}

function line(cluster: FakeCluster, node: FakeNode, cloud: string, sides: FakeSides): string {
  const { copied } = sides
  const own = node.volumes.get(cloud)
  const peer = cluster.nodes.find(
    other => other !== node && isUp(other, cloud) && areEqual(sides, [node, other], cloud),
  )
  const roleOf = ({ name }: FakeNode) =>
    cluster
      .active()
      .some(({ id, node: where, role }) => id === `${cloud}-drbd` && where === name && role === 'Promoted')
      ? 'Primary'
      : 'Secondary'
  const progress = (volume: NodeVolume | undefined) => (volume && copied.get(volume)) ?? 0
  const diskOf = (volume: NodeVolume | undefined) => (progress(volume) === 100 ? 'UpToDate' : 'Inconsistent')
  if (peer === undefined)
    return `cs:WFConnection ro:${roleOf(node)}/Unknown ds:${diskOf(own)}/Outdated C r-----\n    ns:0 oos:0`
  const other = peer.volumes.get(cloud)
  const roles = `${roleOf(node)}/${roleOf(peer)}`
  const target = [own, other].find(volume => progress(volume) < 100)
  if (target === undefined) return `cs:Connected ro:${roles} ds:UpToDate/UpToDate C r-----\n    ns:0 oos:0`
  const percent = progress(target)
  copied.set(target, Math.min(100, percent + 20))
  const state = target === own ? 'SyncTarget' : 'SyncSource'
  return `cs:${state} ro:${roles} ds:${diskOf(own)}/${diskOf(other)} C r-----\n    ns:0 oos:1000\n\t[=>...] sync'ed: ${percent}.0% (1/2)K`
}

/** Whether two nodes expect each other, with the same secret: the agent of one that is started reads its file. */
function areEqual({ applied }: FakeSides, nodes: readonly FakeNode[], cloud: string): boolean {
  const texts = nodes.map(node => applied.get(`${node.name} ${cloud}`) ?? textOf(node, cloud))
  const names = sidesIn(texts[0] ?? '').map(({ node }) => node)
  return texts[0] === texts[1] && nodes.every(({ name }) => names.includes(name))
}

function report({ volumes, sizeBytes }: FakeNode, args: readonly string[]): ToolResult | undefined {
  const rows = (lv: readonly object[]) => ({ status: 0, stdout: JSON.stringify({ report: [{ lv }] }) })
  if (args.includes('vg_name,lv_name,lv_tags'))
    return rows([...volumes].map(([name, { tags }]) => ({ vg_name: 'vhacs', lv_name: name, lv_tags: tags.join(',') })))
  if (args.some(word => word.includes('lv_snapshot_invalid'))) return rows([])
  if (!args.includes('lv_size,lv_layout,lv_role,vg_free,vg_extent_size')) return undefined
  const volume = volumes.get(args.at(-1)?.split('/')[1] ?? '')
  if (volume === undefined) return { status: 5, stderr: `  Failed to find logical volume "${args.at(-1)}"\n` }
  const used = [...volumes.values()].reduce((sum, found) => sum + found.sizeBytes, 0)
  const room = { vg_free: `${sizeBytes - used}`, vg_extent_size: `${EXTENT}` }
  return rows([{ lv_size: `${volume.sizeBytes}`, lv_layout: 'linear', lv_role: 'public', ...room }])
}

/** lvchange --deltag TAG --addtag TAG */
function retag({ volumes }: FakeNode, args: readonly string[]): ToolResult {
  const volume = volumes.get(args.at(-1)?.split('/')[1] ?? '')
  if (volume === undefined) return { status: 5, stderr: '  Failed to find logical volume\n' }
  const after = (option: string) => args[args.indexOf(option) + 1] ?? ''
  const tags = [...volume.tags.filter(tag => tag !== after('--deltag')), after('--addtag')]
  volume.tags.splice(0, volume.tags.length, ...tags)
  return 0
}
