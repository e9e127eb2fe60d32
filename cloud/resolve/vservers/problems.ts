import { addressTextKey } from '../../../system/addresses.ts'
import type { Cluster } from '../../cib/read/cluster.ts'
import type { Cloud, Vserver } from '../../cloud.ts'
import type { Configuration, WantedVserver } from '../../configuration.ts'
import { listedNames } from '../../listed-names.ts'
import { NAME_RANGE } from '../../names.ts'
import { type Path, type Problem, problemIf } from '../../problem.ts'
import type { ResolveContext } from '../context.ts'

/** A name of a vserver that something unchangeable already has, or that would be read as a range of names. */
export function vserverNameProblems(
  { name }: WantedVserver,
  present: Vserver | undefined,
  { vservers: { complete, incomplete } }: Cluster,
  path: Path,
): Problem[] {
  if (present) return []
  const namePath = [...path, 'name']
  const unreadable = incomplete.find(vserver => vserver.name === name)
  if (unreadable)
    return [
      { path: namePath, message: `${name} differs from what vhacs creates (${unreadable.why}): repair it by hand` },
    ]
  const similar = [...complete, ...incomplete].find(other => other.name.toLowerCase() === name.toLowerCase())
  if (similar)
    return [{ path: namePath, message: `a vserver named ${similar.name} already exists: choose another name` }]
  const message = `a vserver named ${name} could be taken for a range of vservers, as in web1-3: choose a name that does not end in a number, a dash and a number`
  return problemIf(NAME_RANGE.test(name), namePath, message)
}

/** A cloud as it is, undefined when it is new, and as it would become. */
export interface CloudOfVservers {
  readonly present: Cloud | undefined
  readonly cloud: Cloud
  readonly isAdopted: boolean
}

interface Place {
  readonly present: Vserver | undefined
  /** The cloud, if the configuration has it without a problem. */
  readonly resolved: CloudOfVservers | undefined
  readonly configuration: Configuration
}

/** A cloud that does not exist, or cannot be changed, or has nothing to run yet; and vhosts that contradict those of others. */
export function placeProblems(
  wanted: WantedVserver,
  { present, resolved, configuration }: Place,
  { cluster, creating }: ResolveContext,
  path: Path,
): Problem[] {
  const { name, cloud } = wanted
  const cloudPath = [...path, 'cloud']
  const entry = configuration.clouds.find(other => other.name === cloud)
  const others = [...cluster.clouds, ...cluster.repairable].map(other => other.name)
  if (entry === undefined && !others.includes(cloud)) {
    const all = [...new Set([...configuration.clouds.map(other => other.name), ...others])]
    return [{ path: cloudPath, message: `there is no cloud ${cloud} for ${name} (clouds: ${listedNames(all)})` }]
  }
  const moved = `${name} is on ${present?.cloud} and cannot move to ${cloud} by a change of this file: create another vserver there and copy its data`
  const isNew = resolved?.present === undefined && resolved?.isAdopted === false
  const isEmpty = creating && isNew && wanted.state !== 'standby'
  const empty = `${name} has nothing to run, because ${cloud} is new and empty: write "state: standby" for it, or apply the file without it and run "vhacs vserver --create ${name} --storage ${cloud}"`
  return [
    ...problemIf(present !== undefined && present.cloud !== cloud, cloudPath, moved),
    ...problemIf(isEmpty, [...path, 'name'], empty),
    ...vhostProblems(wanted, configuration, path),
  ]
}

/** All vservers of a cloud run where it is mounted, so that all that is said of its vhosts must be the same. */
function vhostProblems(
  { name, cloud, preferredVhosts }: WantedVserver,
  { clouds, vservers }: Configuration,
  path: Path,
): Problem[] {
  if (preferredVhosts === undefined) return []
  const entry = clouds.find(other => other.name === cloud)
  const vhostsPath = [...path, 'vhosts']
  if (entry === undefined)
    return [
      {
        path: vhostsPath,
        message: `${name} runs where ${cloud} is mounted, which is not in this file: name ${cloud} under clouds, with these vhosts`,
      },
    ]
  const sameCloud = vservers.filter(other => other.cloud === cloud)
  const other = [entry, ...sameCloud].find(
    ({ preferredVhosts: vhosts }) => vhosts !== undefined && vhosts.join() !== preferredVhosts.join(),
  )
  const message = `${name} runs where ${cloud} is mounted, and ${other?.name} has other vhosts: write them once, for ${cloud}`
  return problemIf(other !== undefined, vhostsPath, message)
}

/** A new service address that something else has. */
export function addressProblems(
  { name, address: wanted }: WantedVserver,
  { present, configuration }: Pick<Place, 'present' | 'configuration'>,
  { cluster, usedAddresses }: ResolveContext,
  path: Path,
): Problem[] {
  if (wanted === undefined || wanted === 'none') return []
  const key = addressTextKey(wanted.address)
  if (present?.address && addressTextKey(present.address.address) === key) return []
  const addressPath = [...path, 'address']
  const named = [
    ...configuration.clouds.map(cloud => ({ name: cloud.name, address: cloud.address })),
    ...configuration.vservers.map(({ name: other, address }) => ({
      name: other,
      address: address === 'none' ? undefined : address?.address,
    })),
  ]
  const other = named.find(({ name: owner, address }) => owner !== name && address && addressTextKey(address) === key)
  const isUsed = cluster.addresses.some(address => addressTextKey(address) === key)
  const answers = usedAddresses.some(address => addressTextKey(address) === key)
  return [
    ...problemIf(
      other !== undefined,
      addressPath,
      `address ${wanted.address} is already used by ${other?.name}: choose another`,
    ),
    ...problemIf(isUsed, addressPath, `${wanted.address} is in use in this cluster: choose another`),
    ...problemIf(answers, addressPath, `a host already answers at ${wanted.address}: choose another`),
  ]
}

/** Vservers whose root directories are the same, or one in the other's. */
export function treeProblems(
  resolved: readonly { readonly wanted: WantedVserver; readonly vserver: Vserver }[],
  { vservers: wanted }: Configuration,
  { vservers: { complete, repairable } }: Cluster,
): Problem[] {
  const names = new Set(resolved.map(({ vserver }) => vserver.name))
  const others = [...complete, ...repairable].filter(({ name }) => !names.has(name))
  return resolved.flatMap(({ wanted: entry, vserver }, index) => {
    const before = [...others, ...resolved.slice(0, index).map(item => item.vserver)]
    const other = before.find(
      ({ cloud, tree }) => cloud === vserver.cloud && (isWithin(tree, vserver.tree) || isWithin(vserver.tree, tree)),
    )
    if (other === undefined) return []
    const path = ['vservers', wanted.indexOf(entry), entry.tree === undefined ? 'name' : 'tree']
    const message = `tree ${vserver.tree} of ${vserver.name} and ${other.tree} of ${other.name} overlap: give each vserver its own`
    return [{ path, message }]
  })
}

function isWithin(inner: string, outer: string): boolean {
  return `${inner}/`.startsWith(`${outer}/`)
}
