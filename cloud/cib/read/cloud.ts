import { drbdCloud } from '../../../agents/drbd-cloud/index.ts'
import { ext3Filesystem } from '../../../agents/ext3-filesystem/index.ts'
import { iscsiMount } from '../../../agents/iscsi-mount/index.ts'
import { lioIblock } from '../../../agents/lio-iblock/index.ts'
import { lvmVolume } from '../../../agents/lvm-volume/index.ts'
import { type Cloud, type CloudState, MOST_COPIES, type StorageNodes } from '../../cloud.ts'
import { constraintIds, isVhostPreferenceId, resourceIds } from '../../ids.ts'
import { parseNodeName } from '../../names.ts'
import { DEFAULT_VOLUME_GROUP } from '../../volume-group.ts'
import { child, descendants, type Element } from '../../xml.ts'
import { deviations } from '../deviations.ts'
import { byId, locationsOf, nvpairs } from '../elements.ts'
import { scoreOf } from '../score.ts'
import { chap, checkName, initiators, minor, parsed, required, serviceAddress, Unreadable } from './values.ts'
import { vserverOf } from './vservers.ts'

/** What each agent's resource id adds to the name of its cloud. */
const suffixes = resourceIds('')
const SUFFIX_OF: ReadonlyMap<string, string> = new Map([
  [lvmVolume.name, suffixes.lvm],
  [drbdCloud.name, suffixes.drbd],
  [lioIblock.name, suffixes.target],
  [iscsiMount.name, suffixes.session],
  [ext3Filesystem.name, suffixes.filesystem],
])

/** Names of the clouds with at least one resource in a CIB's configuration, sorted. */
export function cloudNames(configuration: Element): string[] {
  const names = ourPrimitives(configuration).flatMap(primitive => cloudOf(primitive) ?? [])
  return [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** Ids of resources of our agents that belong neither to a cloud nor to a vserver by their id. */
export function strayPrimitives(configuration: Element): string[] {
  const strays = ourPrimitives(configuration).filter(
    primitive => cloudOf(primitive) === undefined && vserverOf(primitive) === undefined,
  )
  return strays.map(({ attributes }) => attributes.id ?? '')
}

function ourPrimitives(configuration: Element): Element[] {
  return descendants(child(configuration, 'resources'), 'primitive').filter(
    ({ attributes }) => attributes.class === 'ocf' && attributes.provider === 'vhacs',
  )
}

function cloudOf({ attributes: { id = '', type = '' } }: Element): string | undefined {
  const suffix = SUFFIX_OF.get(type)
  return suffix !== undefined && id.endsWith(suffix) && id !== suffix ? id.slice(0, -suffix.length) : undefined
}

/** The cloud of that name, if it can be read, and why it is incomplete; `why` is undefined for a complete one. */
export function readCloud(name: string, configuration: Element): { cloud: Cloud | undefined; why: string | undefined } {
  try {
    const cloud = cloudIn(configuration, name)
    const reasons = deviations(cloud, configuration)
    return { cloud, why: reasons.length === 0 ? undefined : reasons.join('; ') }
  } catch (error) {
    if (error instanceof Unreadable) return { cloud: undefined, why: error.message }
    throw error
  }
}

function cloudIn(configuration: Element, name: string): Cloud {
  const ids = resourceIds(name)
  const target = parametersOf(configuration, ids.target)
  const address = parametersOf(configuration, ids.address)
  const filesystem = parametersOf(configuration, ids.filesystem)
  const { volume_group = DEFAULT_VOLUME_GROUP } = parametersOf(configuration, ids.lvm)
  const { options = ext3Filesystem.parameters.options.default } = filesystem
  const ofTarget = lioIblock.parameters
  const ofFilesystem = ext3Filesystem.parameters
  checkName(name)
  // as it was written: whether it is written as vhacs writes it, is compared later
  parsed(`${ids.filesystem}: options`, options, ofFilesystem.options.parse)
  return {
    name,
    volumeGroup: parsed(`${ids.lvm}: volume_group`, volume_group, lvmVolume.parameters.volume_group.parse),
    storageNodes: storageNodes(configuration, name),
    minor: minor(ids.target, target.device),
    ...serviceAddress(ids.address, address),
    iqn: parsed(`${ids.target}: iqn`, required(ids.target, 'iqn', target.iqn), ofTarget.iqn.parse),
    tpgt: parsed(`${ids.target}: tpgt`, target.tpgt ?? ofTarget.tpgt.default, ofTarget.tpgt.parse),
    initiators: initiators(ids.target, target.allowed_initiators),
    chap: chap(ids.target, target),
    directory: parsed(
      `${ids.filesystem}: directory`,
      required(ids.filesystem, 'directory', filesystem.directory),
      ofFilesystem.directory.parse,
    ),
    mountOptions: options,
    preferredVhosts: preferredVhosts(configuration, name),
    state: state(configuration, name),
  }
}

function parametersOf(configuration: Element, id: string): Record<string, string> {
  const primitive = byId(child(configuration, 'resources'), ['primitive'], id)
  if (!primitive) throw new Unreadable(`the resource ${id} is missing`)
  return nvpairs(primitive, 'instance_attributes')
}

/** The constraint lists them in any order; only the preferred one is told from the others. */
function storageNodes(configuration: Element, name: string): StorageNodes {
  const ids = constraintIds(name)
  const location = byId(child(configuration, 'constraints'), ['rsc_location'], ids.storage)
  const nodes = descendants(location, 'expression').map(({ attributes }) => attributes.value ?? '')
  if (nodes.length < 2 || nodes.length > MOST_COPIES)
    throw new Unreadable(
      `the constraint ${ids.storage}, which names the two or three storage nodes, is missing or different`,
    )
  for (const node of nodes) parsed(`a node of ${ids.storage}`, node, parseNodeName)
  const preference = byId(child(configuration, 'constraints'), ['rsc_location'], ids.export)
  const { node: preferred } = preference?.attributes ?? {}
  const [first = '', second = '', ...others] = nodes.toSorted(
    (one, other) => Number(other === preferred) - Number(one === preferred),
  )
  return [first, second, ...others]
}

function preferredVhosts(configuration: Element, name: string): string[] {
  return locationsOf(child(configuration, 'constraints'), resourceIds(name).mountGroup)
    .filter(({ attributes: { id = '' } }) => isVhostPreferenceId(name, id))
    .map(({ attributes: { id = '', node = '', score = '' } }) => ({
      node: parsed(`the node of ${id}`, node, parseNodeName),
      score: scoreOf(score),
    }))
    .sort((a, b) => b.score - a.score)
    .map(({ node }) => node)
}

/** Standby if all layers are stopped: an operator may stop a single one for a while. */
function state(configuration: Element, name: string): CloudState {
  const { lvmClone, drbdClone, exportGroup, mountGroup } = resourceIds(name)
  const roles = [lvmClone, drbdClone, exportGroup, mountGroup].map(id => {
    const resource = byId(child(configuration, 'resources'), ['clone', 'group'], id)
    return resource && nvpairs(resource, 'meta_attributes')['target-role']
  })
  return roles.every(role => role === 'Stopped') ? 'standby' : 'active'
}
