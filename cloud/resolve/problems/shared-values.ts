import { UNIQUE_KEYS, type ValueOwner, valueOwners } from '../../allocate/value-owners.ts'
import type { Cluster } from '../../cib/read/cluster.ts'
import type { Cloud } from '../../cloud.ts'
import type { Configuration, WantedCloud } from '../../configuration.ts'
import { resourceIds, vserverIds } from '../../ids.ts'
import type { Problem } from '../../problem.ts'
import type { KnownNode } from '../context.ts'

/** A cloud as requested, as it is, and as it would become. */
interface ResolvedCloud {
  readonly wanted: WantedCloud
  readonly present: Cloud | undefined
  readonly cloud: Cloud
}

/**
 * Values that a cloud would share with another one, in the configuration or not, or with another resource. This compares chosen as
 * well as written values; two equal values that are both written are a problem of the file.
 */
export function sharedValues(
  { clouds: wanted }: Configuration,
  resolved: readonly ResolvedCloud[],
  cluster: Pick<Cluster, 'clouds' | 'repairable' | 'claims' | 'vservers'>,
): Problem[] {
  const present = [...cluster.clouds, ...cluster.repairable]
  const names = new Set(resolved.map(({ cloud }) => cloud.name))
  const owners = valueOwners([
    ...present.filter(({ name }) => !names.has(name)).flatMap(cloud => valuesOf(cloud)),
    ...foreignOwners(present, cluster),
    ...resolved.flatMap(item => valuesOf(item.cloud, item.wanted).filter(value => !isChanged(item, value))),
  ])
  const indexes = new Map(wanted.map((item, index) => [item, index]))
  return resolved.flatMap(item => {
    const changed = valuesOf(item.cloud, item.wanted).filter(value => isChanged(item, value))
    const problems = changed.flatMap(value => {
      const other = owners.find(value)
      if (other === undefined || (value.written !== undefined && value.written === other.written)) return []
      const key = value.written === undefined ? 'name' : value.key
      return [{ path: ['clouds', indexes.get(item.wanted) ?? 0, key], message: messageOn(value, other) }]
    })
    for (const value of changed) owners.add(value)
    return problems
  })
}

/** Vhosts with the same initiator name: a target would treat them as one, and end the other's session at each login. */
export function sharedInitiators(
  configured: Configuration['nodes'],
  nodes: readonly Pick<KnownNode, 'name' | 'roles' | 'initiator'>[],
): Problem[] {
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost'))
  const firsts = new Map<string, string>()
  return vhosts.flatMap(({ name, initiator }) => {
    const first = firsts.get(initiator?.toLowerCase() ?? '')
    if (initiator === undefined || first === undefined) {
      if (initiator !== undefined) firsts.set(initiator.toLowerCase(), name)
      return []
    }
    const index = configured.findIndex(node => node.name === name && node.initiator !== undefined)
    const path = index === -1 ? ['nodes'] : ['nodes', index, 'initiator']
    const message = `${name} and ${first} have the same iSCSI initiator name ${initiator}: give each its own in /etc/iscsi/initiatorname.iscsi, and restart iscsid there`
    return [{ path, message }]
  })
}

function messageOn({ key, value }: ValueOwner, other: ValueOwner): string {
  const fault = value === other.value ? `is already used by ${other.name}` : conflict(key, other)
  return `${key} ${value} ${fault}: give each cloud its own`
}

function conflict(key: ValueOwner['key'], { name, value }: ValueOwner): string {
  return key === 'directory' ? `and ${value} of ${name} overlap` : `is the same as ${value} of ${name}`
}

function valuesOf(cloud: Cloud, written?: WantedCloud): ValueOwner[] {
  return UNIQUE_KEYS.map(key => ({
    name: cloud.name,
    key,
    value: String(cloud[key]),
    written: written?.[key] === undefined ? undefined : String(written[key]),
  }))
}

function isChanged({ present, cloud }: ResolvedCloud, { key }: ValueOwner): boolean {
  return present === undefined || present[key] !== cloud[key]
}

/**
 * The contents of the CIB besides the clouds: resources of other agents, and parts of clouds that cannot be read. The directory of a vserver
 * is in that of its cloud, and moves with it.
 */
function foreignOwners(
  clouds: readonly Cloud[],
  { claims, vservers }: Pick<Cluster, 'claims' | 'vservers'>,
): ValueOwner[] {
  const readable = [...vservers.complete, ...vservers.repairable]
  const ours: ReadonlySet<string> = new Set([
    ...clouds.flatMap(({ name }) => Object.values(resourceIds(name))),
    ...readable.map(({ name }) => vserverIds(name).container),
  ])
  const others = claims.filter(({ resource }) => !ours.has(resource))
  return others.map(({ resource, key, value }) => ({
    name: `the resource ${resource}`,
    key,
    value,
    written: undefined,
  }))
}
