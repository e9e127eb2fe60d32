import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { drbdDevice, volumePath } from '../../../../cloud/devices.ts'
import { joinedNames } from '../../../../cloud/listed-names.ts'
import { mapName } from '../../../../system/block/lvm.ts'
import { diskOf, minorsOf } from '../../../../system/drbd/config/config.ts'
import { resourceFile } from '../../../../system/drbd/config/files.ts'
import { DrbdConfigError, type Section } from '../../../../system/drbd/config/syntax.ts'
import { replaceCommand } from '../../../clouds/replacement/texts.ts'
import { addressesOf, resourceFiles } from '../../examine/drbd-files.ts'
import type { Examination } from '../../examine/examination.ts'
import { error, type Finding, type NodeFinding } from '../../examine/finding.ts'
import { type StoredData, storedData } from './stored-data.ts'
import { strayFindings } from './stray-findings.ts'

/* Differences between the disks and the CIB, which defines the storages. */

/** Differences between one node and the CIB. */
export function driftFindings(examined: Examination, { clouds, incomplete }: Cluster): NodeFinding[] {
  const { node } = examined
  const ours = clouds.filter(({ storageNodes }) => storageNodes.includes(node))
  const here = new Set([...ours, ...incomplete].map(({ name }) => name))
  const others = clouds.filter(({ storageNodes }) => !storageNodes.includes(node))
  const elsewhere = new Map(others.map(({ name, storageNodes }) => [name, storageNodes]))
  const stored = storedData(examined)
  return [
    ...ours.flatMap(cloud => [...lossFindings(cloud, stored, node), ...fileFindings(cloud, stored, node)]),
    ...strayFindings({ here, elsewhere }, stored, node),
  ]
}

/** Differences between the nodes of a storage. */
export function replicationDifferences(examinations: readonly Examination[], { clouds }: Cluster): Finding[] {
  const files = new Map(examinations.map(examined => [examined.node, resourceFiles(examined)]))
  return clouds.flatMap(({ name, storageNodes }) => {
    const found = storageNodes.flatMap(node => {
      const resource = files.get(node)?.get(name)?.resource
      if (resource === undefined || typeof resource === 'string') return []
      return [{ node, addresses: addressesOf(resource).join(', ') }]
    })
    const [one, ...others] = found
    const other = others.find(({ addresses }) => addresses !== one?.addresses)
    if (one === undefined || other === undefined) return []
    const what = `${resourceFile(name)} has the addresses ${one.addresses} on ${one.node}, but ${other.addresses} on ${other.node}`
    const nodes = storageNodes.length === 2 ? 'both nodes' : 'all its nodes'
    return [error(what, `make the file the same on ${nodes}, then run "drbdadm adjust ${name}" on them`)]
  })
}

function lossFindings({ name, volumeGroup }: Cloud, { volumes, files }: StoredData, node: string): NodeFinding[] {
  const hasVolume = volumes.some(volume => volume.group === volumeGroup && volume.name === name)
  const lost = [...(hasVolume ? [] : ['its volume']), ...(files.has(name) ? [] : [resourceFile(name)])]
  if (lost.length === 0) return []
  const what = `storage ${name} should have its data here, but ${lost.join(' and ')} ${lost.length === 1 ? 'is' : 'are'} missing`
  const todo = hasVolume
    ? 'copy it from the other node'
    : `have them copied from another side: ${replaceCommand({ cloud: name, from: node, to: node })}`
  return [error(what, todo)]
}

/** A file that does not match the cluster's configuration. */
function fileFindings(cloud: Cloud, { files }: StoredData, node: string): NodeFinding[] {
  const resource = files.get(cloud.name)?.resource
  if (resource === undefined) return []
  const why = typeof resource === 'string' ? resource : mismatch(resource, cloud, node)
  if (why === undefined) return []
  const todo = 'copy the file from the other node, and make sure that it has the minor that the cluster uses'
  return [error(`${resourceFile(cloud.name)}: ${why}`, todo)]
}

function mismatch(resource: Section, { name, minor, volumeGroup, storageNodes }: Cloud, node: string) {
  const hosts = addressesOf(resource).map(address => address.split(' ')[0] ?? '')
  if (hosts.length > 0 && hosts.join() !== storageNodes.toSorted().join())
    return `it is for ${joinedNames(hosts)}, but the cluster has the data on ${joinedNames(storageNodes)}`
  const devices = devicesOf(resource, node)
  if (typeof devices === 'string') return devices
  if (!devices.includes(drbdDevice(minor)))
    return `its device is ${devices.join(', ') || 'missing'}, but the cluster exports ${drbdDevice(minor)}`
  const disks = [volumePath({ volumeGroup, name }), `/dev/mapper/${mapName(volumeGroup, name)}`]
  const disk = diskOf(resource, node)
  return disks.includes(disk) ? undefined : `its disk is ${disk || 'missing'}, but the cluster activates ${disks[0]}`
}

/** The devices, or the reason why they cannot be read. */
function devicesOf(resource: Section, node: string): string[] | string {
  try {
    return minorsOf(resource, node).map(drbdDevice)
  } catch (thrown) {
    if (thrown instanceof DrbdConfigError) return thrown.message
    throw thrown
  }
}
