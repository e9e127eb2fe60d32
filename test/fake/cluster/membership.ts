import type { Cloud } from '../../../cloud/cloud.ts'
import { element, parseXml } from '../../../cloud/xml.ts'
import { corosyncConf, type Member, parseCorosyncConf } from '../../../system/corosync/conf/corosync-conf.ts'
import { membershipIn } from '../../../system/corosync/conf/members.ts'
import { edited, withChildren } from '../../unit/cloud/cib.ts'
import { type BareNodes, bare, bareNodes, CIB, CONF, DISK, KEY, SECRET } from './bare-nodes.ts'
import { fakeCluster, node as nodeOf, watched } from './cluster.ts'

/** A running cluster, and a bare node beside it. */
export interface Members extends BareNodes {
  /** The corosync.conf that corosync of each node has read. */
  readonly loaded: Map<string, string>
}

export const MEMBERS: readonly Member[] = ['node1', 'node2', 'node3'].map((name, index) => ({
  name,
  id: index + 1,
  addresses: [`10.77.2.${index + 1}`, `10.77.1.${index + 1}`],
}))

/** node1 and node2 (or fewer, or more) in a cluster with these clouds, fenced by a disk; the others are bare. Vhacs runs on node1. */
export function members(clouds: readonly Cloud[] = [], count = 2): Members {
  const cluster = fakeCluster(clouds)
  const { tools } = cluster.system
  const own = ['cibadmin', 'crm_mon'].flatMap(tool => {
    const act = tools.get(tool)
    return act === undefined ? [] : [[tool, act] as const]
  })
  const world: Members = Object.assign(bareNodes(cluster), { loaded: new Map<string, string>() })
  for (const [tool, act] of own) tools.set(tool, act)
  world.header = 'uuid-found'
  const conf = corosyncConf('lab', MEMBERS.slice(0, count))
  for (const { name } of MEMBERS.slice(count)) forget(world, name)
  cluster.cib = withChildren(cluster.cib, 'options', nvpair('options', 'cluster-ipc-limit', '9999'))
  for (const one of world.nodes) {
    answerFor(world, one.name)
    one.files.set('/etc/iscsi/initiatorname.iscsi', `InitiatorName=iqn.2026-01.org.vhacs:${one.name}\n`)
    if (MEMBERS.findIndex(({ name }) => name === one.name) >= count) continue
    one.files.set(CONF, conf).set(KEY, SECRET).set('/etc/default/sbd', `SBD_DEVICE="${DISK}"\nSBD_OPTS=-v\n`)
    one.files.set(`${CIB}/cib.xml`, '<cib/>')
    for (const daemon of ['corosync', 'pacemaker', 'sbd']) {
      one.active.add(daemon)
      one.enabled.add(daemon)
    }
    world.loaded.set(one.name, conf)
  }
  return world
}

/** The tools that change the membership, and what the nodes say of it. */
function answerFor(world: Members, name: string): void {
  const { cluster, loaded } = world
  const { tools } = nodeOf(cluster, name).system
  const one = bare(world, name)
  const systemctl = tools.get('systemctl')
  tools.set('systemctl', async (args, options) => {
    const result = (await systemctl?.(args, options)) ?? 1
    if (!one.active.has('corosync')) loaded.delete(name)
    else if (!loaded.has(name)) loaded.set(name, one.files.get(CONF) ?? '')
    follow(world, name)
    return result
  })
  const reload = () => {
    for (const other of world.nodes)
      if (other.active.has('corosync')) loaded.set(other.name, other.files.get(CONF) ?? '')
    return 0
  }
  const remove = (args: readonly string[]) => {
    forget(world, args.at(-1) ?? '')
    return 0
  }
  tools.set('corosync-cfgtool', watched(cluster, name, 'corosync-cfgtool', reload))
  const cmap = () => {
    const { nodes } = parseCorosyncConf(loaded.get(name) ?? '')
    const lines = nodes.map((listed, index) => [
      `nodelist.node.${index}.name (str) = ${listed.name}`,
      `nodelist.node.${index}.nodeid (u32) = ${listed.name.slice(4)}`,
    ])
    return { status: loaded.has(name) ? 0 : 1, stdout: lines.flat().join('\n') }
  }
  tools.set('corosync-cmapctl', watched(cluster, name, 'corosync-cmapctl', cmap))
  tools.set('crm_node', watched(cluster, name, 'crm_node', remove))
  const others = world.nodes.map(other => other.name).filter(other => other !== name)
  one.says = text => withFences(text, one.active.has('pacemaker') ? others.map(other => `${other} sbd`) : [])
}

/** Each fencer has the device for whatever node it is asked about. */
export function withFences(text: string, lines: readonly string[]): string {
  return text.replace(/^== fences\n[^=]*/m, () => `== fences\n${lines.join('\n')}\n`)
}

/** The entry and the state of a node in the CIB, by whether Pacemaker runs there. */
function follow({ cluster, loaded, nodes }: Members, name: string): void {
  const isOurs = parseCorosyncConf(loaded.get(name) ?? '').clusterName === 'lab'
  const isUp = isOurs && nodes.some(one => one.name === name && one.active.has('pacemaker'))
  const states = (cib: string) => parseXml(cib).children.find(({ name: kind }) => kind === 'status')?.children ?? []
  const isKnown = states(cluster.cib).some(({ attributes }) => attributes.uname === name)
  const state = isUp
    ? { in_ccm: 'true', crmd: 'online', join: 'member', expected: 'member' }
    : { in_ccm: 'false', crmd: 'offline', join: 'down', expected: 'down' }
  if (isKnown)
    cluster.cib = edited(cluster.cib, found =>
      found.name === 'node_state' && found.attributes.uname === name
        ? [{ ...found, attributes: { ...found.attributes, ...state } }]
        : undefined,
    )
  if (isKnown || !isUp) return
  const id = String(membershipIn(loaded.get(name) ?? '').members.find(one => one.name === name)?.id)
  const lrm = element('lrm', { id }, [element('lrm_resources', {})])
  const entry = element('node', { id, uname: name }, [element('instance_attributes', { id: `${name}-attributes` })])
  cluster.cib = withChildren(cluster.cib, 'nodes', entry)
  cluster.cib = withChildren(cluster.cib, 'status', element('node_state', { id, uname: name, ...state }, [lrm]))
}

function forget({ cluster }: Pick<Members, 'cluster'>, name: string): void {
  cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.uname === name ? [] : undefined))
}

function nvpair(owner: string, name: string, value: string) {
  return element('nvpair', { id: `${owner}-${name}`, name, value })
}
