import type { Cluster } from '../../../cloud/cib/read-cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdDevice } from '../../../cloud/devices.ts'
import { DEFAULT_VOLUME_GROUP } from '../../../cloud/volume-group.ts'
import { mapName } from '../../../system/block/lvm.ts'
import { DrbdConfigError, minorsOf, type Section } from '../../../system/drbd/config.ts'
import { CREATION_MARK } from '../../clouds/creation/backend.ts'
import { addressesOf, diskOf, type ResourceFile, resourceFiles } from '../examine/drbd-files.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding, type NodeFinding } from '../examine/finding.ts'

/*
 * Where the CIB, which says what storages there are, and the disks do not agree.
 */

/** What is not as the CIB says on one node. */
export function driftFindings(examined: Examination, { clouds, incomplete }: Cluster): NodeFinding[] {
  const { node } = examined
  const ours = clouds.filter(({ storageNodes }) => storageNodes.includes(node))
  const known = new Set([...ours, ...incomplete].map(({ name }) => name))
  const found = { volumes: volumesIn(examined), files: resourceFiles(examined) }
  return [
    ...ours.flatMap(cloud => [...lossFindings(cloud, found), ...fileFindings(cloud, found, node)]),
    ...strayFindings(known, found),
  ]
}

/** What the two nodes of a storage do not agree on. */
export function replicationDifferences(examinations: readonly Examination[], { clouds }: Cluster): Finding[] {
  const files = new Map(examinations.map(examined => [examined.node, resourceFiles(examined)]))
  return clouds.flatMap(({ name, storageNodes }) => {
    const said = storageNodes.flatMap(node => {
      const resource = files.get(node)?.get(name)?.resource
      return resource === undefined || typeof resource === 'string' ? [] : [addressesOf(resource).join(', ')]
    })
    const [one, other] = said
    if (said.length < 2 || one === other) return []
    const where = storageNodes.join(' and ')
    const what = `/etc/drbd.d/${name}.res is not the same on ${where}: DRBD's addresses are ${one}, and ${other}`
    return [error(what, `make it the same on both, then "drbdadm adjust ${name}"`)]
  })
}

interface Volume {
  readonly group: string
  readonly name: string
  readonly isMadeByVhacs: boolean
}

interface Found {
  readonly volumes: readonly Volume[]
  readonly files: ReadonlyMap<string, ResourceFile>
}

/** Lines like `vhacs c0 vhacs_create_1795401429692`, where the tags may be missing. */
function volumesIn({ sections }: Examination): Volume[] {
  return (sections.get('volumes') ?? '').split('\n').flatMap(line => {
    const [group, name, tags = ''] = line.trim().split(/\s+/)
    const isMadeByVhacs = tags.split(',').some(tag => tag.startsWith(CREATION_MARK))
    return group === undefined || name === undefined ? [] : [{ group, name, isMadeByVhacs }]
  })
}

function lossFindings({ name, volumeGroup }: Cloud, { volumes, files }: Found): NodeFinding[] {
  const hasVolume = volumes.some(volume => volume.group === volumeGroup && volume.name === name)
  const lost = [...(hasVolume ? [] : ['its volume']), ...(files.has(name) ? [] : [`/etc/drbd.d/${name}.res`])]
  if (lost.length === 0) return []
  const what = `the storage ${name} is to have its data here, but there is not ${lost.join(' and ')}`
  return [{ severity: 'error', what, todo: 'bring it back from the other node or a backup' }]
}

/** A file that is not what the cluster takes it for. */
function fileFindings(cloud: Cloud, { files }: Found, node: string): NodeFinding[] {
  const resource = files.get(cloud.name)?.resource
  if (resource === undefined) return []
  const why = typeof resource === 'string' ? resource : mismatch(resource, cloud, node)
  if (why === undefined) return []
  const todo = 'make the file what it is on the other node, with the minor of the cluster'
  return [{ severity: 'error', what: `/etc/drbd.d/${cloud.name}.res: ${why}`, todo }]
}

function mismatch(resource: Section, { name, minor, volumeGroup, storageNodes }: Cloud, node: string) {
  const devices = devicesOf(resource, node)
  if (typeof devices === 'string') return devices
  if (!devices.includes(drbdDevice(minor)))
    return `it has ${devices.join(', ') || 'no device'}, and the cluster exports ${drbdDevice(minor)}`
  const disks = [`/dev/${volumeGroup}/${name}`, `/dev/mapper/${mapName(volumeGroup, name)}`]
  const disk = diskOf(resource, node)
  if (!disks.includes(disk)) return `it stands on ${disk || 'no disk'}, and the cluster activates ${disks[0]}`
  const hosts = addressesOf(resource).map(address => address.split(' ')[0] ?? '')
  if (hosts.length === 0 || hosts.join() === storageNodes.toSorted().join()) return undefined
  return `it is for ${hosts.join(' and ')}, and the cluster has the data on ${storageNodes.join(' and ')}`
}

/** The reason where the file has them in no form that is known. */
function devicesOf(resource: Section, node: string): string[] | string {
  try {
    return minorsOf(resource, node).map(drbdDevice)
  } catch (thrown) {
    if (thrown instanceof DrbdConfigError) return thrown.message
    throw thrown
  }
}

/** What vhacs has made and no storage needs, as a creation leaves it that was killed. */
function strayFindings(known: ReadonlySet<string>, { volumes, files }: Found): NodeFinding[] {
  const strange = volumes.filter(
    ({ group, name, isMadeByVhacs }) =>
      !known.has(name) && (isMadeByVhacs || (group === DEFAULT_VOLUME_GROUP && files.has(name))),
  )
  const strays = [...files.values()].filter(
    ({ name, isMadeByVhacs }) => !known.has(name) && (isMadeByVhacs || strange.some(volume => volume.name === name)),
  )
  const names = new Set([...strange, ...strays].map(({ name }) => name))
  return [...names].map(name => {
    const paths = strange.flatMap(volume => (volume.name === name ? [`${volume.group}/${name}`] : []))
    const isConfigured = strays.some(file => file.name === name)
    const parts = [...paths.map(path => `the volume ${path}`), ...(isConfigured ? [`/etc/drbd.d/${name}.res`] : [])]
    const commands = [
      ...(isConfigured ? [`drbdadm down ${name}`, `rm /etc/drbd.d/${name}.res`] : []),
      ...paths.map(path => `lvremove ${path}`),
    ]
    const what = `${parts.join(' and ')} ${parts.length === 1 ? 'belongs' : 'belong'} to no storage of this node`
    const todo = `if it is not being made just now, and nobody needs the data: ${commands.join('; ')}`
    return { severity: 'warning', what, todo }
  })
}
