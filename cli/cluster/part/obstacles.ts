import { isNodeIn } from '../../../cloud/change/remove-node.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { COROSYNC_CONF, parseCorosyncConf } from '../../../system/corosync/conf/corosync-conf.ts'
import { confTexts } from '../../../system/corosync/conf/texts.ts'
import { error, type Finding } from '../examine/finding.ts'
import type { Leaving } from './leaving.ts'

/** Whether the node has anything to do with this cluster, if only the remains of a join that was broken off. */
export function isConcerned({ name, snapshot, confs, examinations }: Leaving): boolean {
  const own = parseCorosyncConf(confs[0] ?? '')
  const its = parseCorosyncConf(examinations.find(({ node }) => node === name)?.sections.get('ring') ?? '')
  const isNamed = confs.some(text => parseCorosyncConf(text).nodes.some(node => node.name === name))
  const isPrepared = its.clusterName === own.clusterName && its.nodes.some(node => node.name === name)
  return isNodeIn(snapshot.root, name) || isNamed || (own.clusterName !== '' && isPrepared)
}

/** What keeps the node from leaving; all of it is an error. */
export function obstacles(leaving: Leaving): Finding[] {
  const { name, others, status, unreachable } = leaving
  const absent = others.filter(other => !PRESENT.includes(status.haStatus.get(other) ?? 'offline'))
  const away = unreachable.filter(({ node }) => node === name)
  return [
    ...away.map(({ what, severity, node }) => ({
      severity,
      node,
      what,
      todo: `start it; if it is lost for good: vhacs node --forget ${name}`,
    })),
    ...unreachable.filter(({ node }) => node !== name),
    ...(status.hasQuorum ? [] : [error('the cluster has no quorum', 'start more of its nodes first')]),
    ...absent.map(other => error(`is ${status.haStatus.get(other) ?? 'offline'}`, ABSENT, other)),
    ...stateFindings(leaving),
    ...confFindings(leaving),
    ...cloudFindings(leaving),
    ...fencingObstacles(leaving),
  ]
}

const PRESENT = ['online', 'standby', 'maintenance']

const ABSENT = 'start it first: all nodes that stay get the new configuration, and must be a majority'

/** Where Pacemaker does not manage the resources, its stop leaves them running. */
function stateFindings({ name, status }: Leaving): Finding[] {
  const state = status.haStatus.get(name)
  if (state === 'maintenance')
    return [
      error('is in maintenance: what runs on it would run on', 'end the maintenance of the node or the cluster', name),
    ]
  const isUnclear = state === 'unclean' || state === 'pending'
  return isUnclear ? [error(`is ${state}`, 'wait until it is online or offline', name)] : []
}

function confFindings({ confs, name }: Leaving): Finding[] {
  try {
    confTexts(confs, name)
    return []
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    const todo = 'correct it on all nodes, then run "corosync-cfgtool -R"'
    return [error(`${COROSYNC_CONF}: ${thrown.message}`, todo)]
  }
}

/** Its data, its mounts, and the last vhost. */
function cloudFindings({ name, snapshot: { cluster }, active }: Leaving): Finding[] {
  const { clouds, nodes } = cluster
  const sides = clouds.filter(({ storageNodes }) => storageNodes.includes(name)).map(cloud => cloud.name)
  const here = new Set(active.filter(({ node }) => node === name).map(({ id }) => id))
  const mounts = clouds
    .filter(cloud => [resourceIds(cloud.name).session, resourceIds(cloud.name).filesystem].some(id => here.has(id)))
    .map(cloud => cloud.name)
  const vhosts = vhostsAmong(nodes)
  const isLast = clouds.length > 0 && vhosts.includes(name) && vhosts.length === 1
  return [
    ...(sides.length === 0 ? [] : [error(`has sides of ${joinedNames(sides)}`, movingSides(name, sides), name)]),
    ...(mounts.length === 0 ? [] : [error(`has mounted ${joinedNames(mounts)}`, `vhacs node --standby ${name}`, name)]),
    ...(isLast
      ? [error('is the only vhost', 'give that role to another node first: vhacs node --setrole vhost NODE', name)]
      : []),
  ]
}

function movingSides(name: string, sides: readonly string[]): string {
  return `move them to another node first: vhacs node --evacuate ${name}, or vhacs storage --replace ${sides.join(',')} --from ${name} --to NODE`
}

/** The watchdogs of two nodes cannot fence. */
function fencingObstacles({ fencing, others, name }: Leaving): Finding[] {
  if (!fencing.isEnabled || !fencing.byWatchdog || fencing.devices.length > 0 || others.length > 2) return []
  const todo = 'configure a fencing device (sbd with a disk, IPMI) first'
  return [error('the nodes are fenced by their watchdogs, which needs at least three of them', todo, name)]
}
