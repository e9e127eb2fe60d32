import { type AddressRange, addressOf, addressRangeText, isIn, subnetOf } from '../addresses.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration, NodeRole, WantedCloud } from '../configuration.ts'
import { RANGE } from '../names.ts'
import type { Path, Problem } from '../problem.ts'
import type { KnownNode, ResolveContext, Surroundings, UnreachableNode } from './context.ts'
import type { UsedValues } from './used-values.ts'

/** Nodes that the configuration names and the cluster has not, and another cluster than the one that is meant. */
export function unknownNodes({ cluster: name, nodes }: Configuration, { cluster }: ResolveContext): Problem[] {
  const names = cluster.nodes.map(node => node.name)
  const unknown = nodes.flatMap((node, index) =>
    names.length === 0 || names.includes(node.name)
      ? []
      : [
          {
            path: ['nodes', index, 'name'],
            message: `${node.name} is no node of this cluster: there is ${names.join(', ')}`,
          },
        ],
  )
  const isOther = name !== undefined && cluster.name !== undefined && name !== cluster.name
  const message = `this is the cluster ${cluster.name}, not ${name}: go to a node of ${name}, or name this one`
  return isOther ? [{ path: ['cluster'], message }, ...unknown] : unknown
}

/** Nodes that a cloud names and that are none, or have not the role; those that it has already may stay. */
export function nodeProblems(
  wanted: WantedCloud,
  present: Cloud | undefined,
  nodes: readonly KnownNode[],
  path: Path,
): Problem[] {
  const { storageNodes = [], preferredVhosts = [] } = wanted
  const wrong = (role: NodeRole, key: string, asked: readonly string[], had: readonly string[] = []) =>
    asked.flatMap((node, index) => (had.includes(node) ? [] : without(role, node, nodes, [...path, key, index])))
  return [
    ...wrong('storage', 'storage', storageNodes, present?.storageNodes),
    ...wrong('vhost', 'vhosts', preferredVhosts, present?.preferredVhosts),
  ]
}

function without(role: NodeRole, name: string, nodes: readonly KnownNode[], path: Path): Problem[] {
  const node = nodes.find(candidate => candidate.name === name)
  const names = nodes.map(candidate => candidate.name).join(', ') || 'none'
  if (!node) return [{ path, message: `${name} is no node of this cluster: there is ${names}` }]
  if (node.roles.includes(role)) return []
  return [
    { path, message: `${name} has not the role ${role}: give it that (vhacs node --setrole), or name another one` },
  ]
}

/** Numbers and addresses that a cloud names although something else has them. */
export function numberProblems(
  wanted: WantedCloud,
  present: Cloud | undefined,
  taken: UsedValues,
  path: Path,
): Problem[] {
  const { address, minor, name } = wanted
  const isNew = address !== undefined && address !== present?.address
  return [
    ...(isNew && taken.hasAddress(address)
      ? [
          {
            path: [...path, 'address'],
            message: `${address} is in use in this cluster: take another, or none to have one chosen`,
          },
        ]
      : []),
    ...(isNew && taken.answers(address)
      ? [
          {
            path: [...path, 'address'],
            message: `somebody answers at ${address} already: take another, or none to have one chosen`,
          },
        ]
      : []),
    ...(minor !== undefined && present === undefined && taken.hasMinor(minor, name)
      ? [{ path: [...path, 'minor'], message: `minor ${minor} is in use: take another, or none to have one chosen` }]
      : []),
  ]
}

/** An address outside of the storage network, which says nothing of a network of its own and is not the present one. */
export function outside(
  { address = '', prefixLength }: WantedCloud,
  present: Pick<Cloud, 'address'> | undefined,
  range: AddressRange | undefined,
  path: Path,
): Problem[] {
  const found = prefixLength === undefined && address !== present?.address && addressOf(address)
  if (range === undefined || !found || isIn(subnetOf(range), found)) return []
  const message = `address ${address} is outside of the storage network ${addressRangeText(range)}: take one inside, none to have one chosen, or say its network too, like ${address}/${range.prefixLength}`
  return [{ path: [...path, 'address'], message }]
}

/** Those of the nodes to choose from that do not answer, when fewer than two do. */
export function unreachableChoices(
  { name, storageOrder = [] }: WantedCloud,
  { unreachable }: Pick<ResolveContext, 'unreachable'>,
  path: Path,
): Problem[] {
  const lost = unreachable.filter(({ node }) => storageOrder.includes(node))
  if (lost.length === 0 || storageOrder.length - lost.length > 1) return []
  return lost.map(one => silence(name, one, path))
}

/** What is on its nodes under the name of a new cloud: somebody's data until the operator says otherwise. */
export function existingDataProblems(
  { name, storageNodes }: Cloud,
  { facts, unreachable }: ResolveContext,
  path: Path,
): Problem[] {
  return storageNodes.flatMap(node => {
    const lost = unreachable.find(other => other.node === node)
    if (lost) return [silence(name, lost, path)]
    const said = facts.find(fact => fact.node === node)
    const group = said?.volumeGroups.find(({ volumes }) => volumes[name] !== undefined)
    const hasResource = said?.drbd.some(resource => resource.name === name)
    return [
      ...(group
        ? [
            {
              path,
              message: `${node} has a volume ${group.name}/${name} already: take another name, remove it if nobody needs its data, or get it back with vhacs compose --apply --attach`,
            },
          ]
        : []),
      ...(hasResource
        ? [{ path, message: `${node} has a DRBD resource ${name} already: take another name, or remove it` }]
        : []),
    ]
  })
}

function silence(name: string, { node, why }: UnreachableNode, path: Path): Problem {
  return { path, isSilence: true, message: `${node} cannot be asked, so ${name} cannot be made there: ${why}` }
}

/** What a new cloud cannot be made without. */
export function missingRequirements(
  { sizeBytes, address, prefixLength }: WantedCloud,
  { nodes, range, hasData }: Surroundings & { readonly hasData: boolean },
  { unreachable }: Pick<ResolveContext, 'unreachable'>,
  path: Path,
): Problem[] {
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost'))
  const unknown = vhosts.filter(({ initiator }) => initiator === undefined)
  const reasons = unknown
    .flatMap(({ name }) => unreachable.filter(({ node }) => node === name))
    .map(({ why }) => ` (${why})`)
  return [
    ...(sizeBytes === undefined && !hasData
      ? [
          {
            path: [...path, 'size'],
            message: 'size is missing, and the cloud is yet to be made: one like 500M or 1.5G',
          },
        ]
      : []),
    ...(vhosts.length === 0
      ? [
          {
            path: ['nodes'],
            message:
              'no node has the role vhost, so nothing could mount a cloud: give it to some (vhacs node --setrole)',
          },
        ]
      : []),
    ...(unknown.length > 0
      ? [
          {
            path: ['nodes'],
            ...(reasons.length === unknown.length && { isSilence: true as const }),
            message: `the iSCSI initiator name of ${unknown.map(({ name }) => name).join(', ')} is not known${reasons.join()}: it is in /etc/iscsi/initiatorname.iscsi there, and may be said under nodes in a file`,
          },
        ]
      : []),
    ...(range === undefined && (address === undefined || prefixLength === undefined)
      ? [
          {
            path: ['networks'],
            message:
              'there are no addresses for new clouds: put free ones of the storage network into /etc/vhacs.conf, like SERVICE_ADDRESSES = "10.77.1.100-10.77.1.199/24", or into a file of clouds, as networks: storage: addresses:',
          },
        ]
      : []),
  ]
}

interface Names {
  readonly taken: UsedValues
  /** Whether the data of a cloud of that name are there. */
  readonly hasData: boolean
}

/** A name of a new cloud that is taken by what cannot be changed, or would be read as that of others. */
export function nameProblem({ name }: WantedCloud, { taken, hasData }: Names, path: Path): Problem[] {
  const half = taken.incomplete(name)
  if (half)
    return [
      { path: [...path, 'name'], message: `${name} is not as vhacs makes clouds (${half.why}): repair it by hand` },
    ]
  // target names are in lower case
  const similar = taken.similarName(name)
  if (similar !== undefined)
    return [{ path: [...path, 'name'], message: `a cloud named ${similar} is there already: take another name` }]
  // one that was detached has its name already
  if (hasData || !RANGE.test(name)) return []
  const message = `a cloud named ${name} could be taken for a range of clouds, like c1-3: take a name that does not end in a number, a dash and a number`
  return [{ path: [...path, 'name'], message }]
}
