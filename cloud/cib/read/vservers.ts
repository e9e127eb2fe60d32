import { nspawnContainer } from '../../../agents/nspawn-container/index.ts'
import type { Cloud, CloudState, Vserver, VserverParameter, VserverParameters } from '../../cloud.ts'
import { composeVserver } from '../../compose/vservers/vserver.ts'
import { resourceIds, vserverConstraintIds, vserverIds } from '../../ids.ts'
import { parseTree, parseVserverName } from '../../names.ts'
import { child, descendants, type Element } from '../../xml.ts'
import { compositionDeviations } from '../deviations.ts'
import { byId, nvpairs } from '../elements.ts'
import { parsed, required, serviceAddress, Unreadable } from './values.ts'

/** The vservers that a CIB contains. */
export interface VserversOfCib {
  /** Sorted by name. */
  readonly complete: readonly Vserver[]
  /** Those that deviate from what the composer creates, or that cannot be read. */
  readonly incomplete: readonly IncompleteVserver[]
  /** Of the incomplete ones, those that can be read nevertheless: what they should be. */
  readonly repairable: readonly Vserver[]
}

export interface IncompleteVserver {
  readonly name: string
  readonly why: string
  /** Undefined where no constraint names it. */
  readonly cloud: string | undefined
}

const IDS = vserverIds('')
const { mountGroup: MOUNT } = resourceIds('')
const { machine, directory, ...CHOSEN } = nspawnContainer.parameters

/** The vserver whose container a primitive is, by its id; undefined for any other. */
export function vserverOf({ attributes: { id = '', type = '' } }: Element): string | undefined {
  const isContainer = type === nspawnContainer.name && id.endsWith(IDS.container) && id !== IDS.container
  return isContainer ? id.slice(0, -IDS.container.length) : undefined
}

/** Names of the vservers on a cloud in a CIB's configuration, complete or not. */
export function vserversOn(cloud: string, configuration: Element): string[] {
  return namesIn(configuration).filter(name => cloudOf(name, configuration) === cloud)
}

/** Names of the vservers on a cloud, complete or not. */
export function vserverNames({ complete, incomplete }: VserversOfCib, cloud: string): string[] {
  return [...complete, ...incomplete].filter(vserver => vserver.cloud === cloud).map(({ name }) => name)
}

/** Reads the vservers in a CIB's configuration; `clouds` are all that can be read of its clouds. */
export function readVservers(configuration: Element, clouds: readonly Cloud[]): VserversOfCib {
  const readings = namesIn(configuration).map(name => ({ name, ...readVserver(name, configuration, clouds) }))
  return {
    complete: readings.flatMap(({ why, vserver }) => (why === undefined && vserver ? [vserver] : [])),
    incomplete: readings.flatMap(({ name, why, cloud }) => (why === undefined ? [] : [{ name, why, cloud }])),
    repairable: readings.flatMap(({ why, vserver }) => (why !== undefined && vserver ? [vserver] : [])),
  }
}

function namesIn(configuration: Element): string[] {
  const containers = descendants(child(configuration, 'resources'), 'primitive').filter(
    ({ attributes }) => attributes.class === 'ocf' && attributes.provider === 'vhacs',
  )
  const names = new Set(containers.flatMap(primitive => vserverOf(primitive) ?? []))
  return [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

interface Reading {
  readonly vserver: Vserver | undefined
  readonly why: string | undefined
  readonly cloud: string | undefined
}

function readVserver(name: string, configuration: Element, clouds: readonly Cloud[]): Reading {
  const cloudName = cloudOf(name, configuration)
  try {
    const cloud = clouds.find(candidate => candidate.name === cloudName)
    if (cloud === undefined) throw new Unreadable(missingCloud(name, cloudName))
    const vserver = vserverIn(configuration, name, cloud)
    const reasons = compositionDeviations(composeVserver(vserver, cloud), configuration)
    return { vserver, why: reasons.length === 0 ? undefined : reasons.join('; '), cloud: cloudName }
  } catch (error) {
    if (error instanceof Unreadable) return { vserver: undefined, why: error.message, cloud: cloudName }
    throw error
  }
}

function missingCloud(name: string, cloud: string | undefined): string {
  if (cloud !== undefined) return `its cloud ${cloud} cannot be read`
  const { withMount, afterMount } = vserverConstraintIds(name)
  return `the constraints ${withMount} and ${afterMount}, which name its cloud, are missing or different`
}

/** By either of its constraints with the mount, so that the other can be repaired. */
function cloudOf(name: string, configuration: Element): string | undefined {
  const constraints = child(configuration, 'constraints')
  const { withMount, afterMount } = vserverConstraintIds(name)
  const mounts = [
    byId(constraints, ['rsc_colocation'], withMount)?.attributes['with-rsc'],
    byId(constraints, ['rsc_order'], afterMount)?.attributes.first,
  ]
  const mount = mounts.find(id => id?.endsWith(MOUNT) && id !== MOUNT)
  return mount?.slice(0, -MOUNT.length)
}

function vserverIn(configuration: Element, name: string, cloud: Cloud): Vserver {
  const ids = vserverIds(name)
  const resources = child(configuration, 'resources')
  const container = byId(resources, ['primitive'], ids.container)
  const values = container ? nvpairs(container, 'instance_attributes') : {}
  const address = byId(resources, ['primitive'], ids.address)
  parsed('the name', name, parseVserverName)
  return {
    name,
    cloud: cloud.name,
    tree: treeIn(ids.container, required(ids.container, 'directory', values.directory), cloud),
    parameters: parametersIn(ids.container, values),
    address: address && serviceAddress(ids.address, nvpairs(address, 'instance_attributes')),
    state: state(resources, name),
  }
}

function treeIn(id: string, path: string, cloud: Cloud): string {
  const mount = `${cloud.directory}/`
  if (!path.startsWith(mount))
    throw new Unreadable(`${id}: directory ${path} is not below ${cloud.directory}, where ${cloud.name} is mounted`)
  return parsed(`${id}: directory`, path.slice(mount.length), parseTree)
}

/** As they were written, in the order of the agent's declaration. */
function parametersIn(id: string, values: Readonly<Record<string, string>>): VserverParameters {
  const names = Object.keys(CHOSEN) as VserverParameter[]
  const entries = names.flatMap(name => {
    const value = values[name]
    if (value === undefined || value === '') return []
    parsed<unknown>(`${id}: ${name}`, value, CHOSEN[name].parse)
    return [[name, value] as const]
  })
  return Object.fromEntries(entries)
}

function state(resources: Element | undefined, name: string): CloudState {
  const group = byId(resources, ['group'], vserverIds(name).group)
  return group && nvpairs(group, 'meta_attributes')['target-role'] === 'Stopped' ? 'standby' : 'active'
}
