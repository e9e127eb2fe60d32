import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { listedNames } from '../../../cloud/listed-names.ts'
import { INITIATOR_ATTRIBUTE, rolesIn } from '../../../cloud/node-attributes.ts'
import { COROSYNC_CONF, parseCorosyncConf } from '../../../system/corosync/conf/corosync-conf.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding, warning } from '../examine/finding.ts'

/** What is left of a --join, a --part or a --forget that was broken off: nodes of which not all parts of the cluster know. */
export function unfinishedMembership(examinations: readonly Examination[], { nodes, clouds }: Cluster): Finding[] {
  const lists = examinations.map(({ sections }) => {
    const listed = parseCorosyncConf(sections.get('ring') ?? '').nodes
    return listed.flatMap(({ name }) => (name === '' ? [] : [name]))
  })
  // a file without names of nodes tells nothing
  if (lists.length === 0 || lists.some(({ length }) => length === 0)) return []
  const listed = [...new Set(lists.flat())]
  const known = nodes.map(({ name }) => name)
  const sides = clouds.flatMap(({ name, storageNodes }) => storageNodes.map(node => ({ name, node })))
  return [
    ...sides.filter(({ node }) => !known.includes(node) && !listed.includes(node)).map(sideOfStranger),
    ...listed.filter(name => !known.includes(name)).map(unknownToPacemaker),
    ...known.filter(name => !listed.includes(name)).map(name => unknownToCorosync(name, clouds)),
    ...nodes.flatMap(({ name, isOnline, attributes }) => {
      const isPlain = attributes[INITIATOR_ATTRIBUTE] === undefined && rolesIn(attributes).length === 0
      return isOnline && isPlain && listed.includes(name) ? [withoutRecord(name)] : []
    }),
  ]
}

function unknownToPacemaker(name: string): Finding {
  const todo = `finish that with "vhacs cluster --join ${name}", or undo it with "vhacs cluster --part ${name}"`
  return error(`${COROSYNC_CONF} names ${name}, which Pacemaker does not know: it has not joined completely`, todo)
}

function unknownToCorosync(name: string, clouds: Cluster['clouds']): Finding {
  const sides = clouds.filter(({ storageNodes }) => storageNodes.includes(name))
  if (sides.length > 0) return withSides(name, listedNames(sides.map(cloud => cloud.name)))
  const todo = `finish that with "vhacs cluster --part ${name}" or, if it is lost for good, "vhacs node --forget ${name}"`
  return error(`${COROSYNC_CONF} does not name it: it has not left the cluster completely`, todo, name)
}

function sideOfStranger({ name, node }: { readonly name: string; readonly node: string }): Finding {
  const todo = `give it to another node: vhacs storage --replace ${name} --from ${node} --to NODE`
  return error(`${name} has a side on ${node}, which is not a node of this cluster: it has no redundancy`, todo)
}

/** As "vhacs node --forget --leave-sides" leaves it. */
function withSides(name: string, clouds: string): Finding {
  const todo = `give them to another node with "vhacs node --evacuate ${name}" (if there is none, add one with "vhacs cluster --join" first), then run "vhacs node --forget ${name}"`
  return error(`${COROSYNC_CONF} does not name it, and it has sides of ${clouds}, which have no redundancy`, todo, name)
}

function withoutRecord(name: string): Finding {
  const todo = `run "vhacs cluster --join ${name}" again if that was broken off; otherwise "vhacs node --setrole ROLES ${name}"`
  return warning('it has neither a role nor a recorded initiator name', todo, name)
}
