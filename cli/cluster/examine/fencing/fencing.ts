import { booleanIn, byId, nvpairs, propertiesIn } from '../../../../cloud/cib/elements.ts'
import { child, descendants, type Element } from '../../../../cloud/xml.ts'
import { seconds } from '../../../../system/pacemaker/duration.ts'
import { fencingProperty, fencingPropertyName } from '../../../../system/pacemaker/fencing/properties.ts'
import { SBD_AGENTS } from './sbd.ts'

/** How Pacemaker fences, according to its properties and devices. */
export interface Fencing {
  readonly isEnabled: boolean
  /** The property that enables it. */
  readonly enablingProperty: string
  /** Ids of the devices that Pacemaker should run. */
  readonly devices: readonly string[]
  /** Those of them that use sbd's disk. */
  readonly sbdDevices: readonly string[]
  /** The types of those, such as `external/sbd`. */
  readonly sbdTypes: readonly string[]
  /** Those of `sbdDevices` that Pacemaker queries for their targets before each fencing. */
  readonly queriedDevices: readonly string[]
  /** The devices that fence_legacy runs. */
  readonly legacyDevices: readonly string[]
  /** The longest delay that a device adds to every fencing (`pcmk_delay_max`, `pcmk_delay_base`), in seconds. */
  readonly addedSeconds: number
  /** Whether Pacemaker relies on each node's watchdog. */
  readonly byWatchdog: boolean
}

export function fencingIn(cib: Element): Fencing {
  const properties = propertiesIn(cib)
  // while versions differ, the coordinator has the oldest
  const version = properties.get('dc-version') ?? ''
  const enabled = fencingProperty(properties, 'fencing-enabled', version)
  const timeout = fencingProperty(properties, 'fencing-watchdog-timeout', version)
  const resources = child(child(cib, 'configuration'), 'resources')
  const devices = descendants(resources, 'primitive')
    .map(primitive => withTemplate(primitive, resources))
    .filter(
      device =>
        device.attributes.class === 'stonith' && nvpairs(device, 'meta_attributes')['target-role'] !== 'Stopped',
    )
  const ids = (found: readonly Element[]) => found.map(({ attributes }) => attributes.id ?? '')
  const bySbd = devices.filter(({ attributes }) => SBD_AGENTS.some(agent => agent === attributes.type))
  return {
    // the default, also in place of an invalid value
    isEnabled: booleanIn(enabled?.value) ?? true,
    enablingProperty: enabled?.name ?? fencingPropertyName('fencing-enabled', [version]),
    devices: ids(devices),
    sbdDevices: ids(bySbd),
    sbdTypes: bySbd.flatMap(({ attributes: { type } }) => type ?? []),
    queriedDevices: ids(bySbd.filter(isQueried)),
    legacyDevices: ids(devices.filter(({ attributes }) => !attributes.type?.startsWith('fence_'))),
    addedSeconds: Math.max(0, ...devices.flatMap(addedDelays)),
    // sbd has told Pacemaker that there is a watchdog, and Pacemaker may rely on it
    byWatchdog: properties.get('have-watchdog') === 'true' && !/^0*\D*$/.test(timeout?.value ?? ''),
  }
}

/** @see pacemaker-fenced(7), pcmk_host_check */
function isQueried(device: Element): boolean {
  const { pcmk_host_check: check, pcmk_host_list: list, pcmk_host_map: map } = nvpairs(device, 'instance_attributes')
  return check === undefined ? !list && !map : ['dynamic-list', 'status'].includes(check)
}

/** Since Pacemaker 2.1.2, `pcmk_delay_base` may have one for each target: `node1:5s;node2:0`. */
function addedDelays(device: Element): number[] {
  const { pcmk_delay_max: longest = '', pcmk_delay_base: base = '' } = nvpairs(device, 'instance_attributes')
  return [longest, ...base.split(/[;\s]+/).map(text => text.slice(text.lastIndexOf(':') + 1))].map(
    text => seconds(text) ?? 0,
  )
}

/** What a primitive says goes before what its template says. */
function withTemplate(primitive: Element, resources: Element | undefined): Element {
  const template = byId(resources, ['template'], primitive.attributes.template ?? '')
  if (template === undefined) return primitive
  const { name, attributes, children } = primitive
  return { name, attributes: { ...template.attributes, ...attributes }, children: [...children, ...template.children] }
}
