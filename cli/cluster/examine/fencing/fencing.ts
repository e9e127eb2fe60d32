import { booleanIn, byId, nvpairs, propertiesIn } from '../../../../cloud/cib/elements.ts'
import { child, descendants, type Element } from '../../../../cloud/xml.ts'
import { fencingProperty, fencingPropertyName } from '../../../../system/pacemaker/fencing-properties.ts'
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
  /** Those of them that fence_legacy runs. */
  readonly legacyDevices: readonly string[]
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
  return {
    // the default, also in place of an invalid value
    isEnabled: booleanIn(enabled?.value) ?? true,
    enablingProperty: enabled?.name ?? fencingPropertyName('fencing-enabled', [version]),
    devices: ids(devices),
    sbdDevices: ids(devices.filter(({ attributes }) => SBD_AGENTS.some(agent => agent === attributes.type))),
    legacyDevices: ids(devices.filter(({ attributes }) => !attributes.type?.startsWith('fence_'))),
    // sbd has reported a watchdog to Pacemaker, and Pacemaker may rely on it
    byWatchdog: properties.get('have-watchdog') === 'true' && !/^0*\D*$/.test(timeout?.value ?? ''),
  }
}

/** A primitive's own settings override those of its template. */
function withTemplate(primitive: Element, resources: Element | undefined): Element {
  const template = byId(resources, ['template'], primitive.attributes.template ?? '')
  if (template === undefined) return primitive
  const { name, attributes, children } = primitive
  return { name, attributes: { ...template.attributes, ...attributes }, children: [...children, ...template.children] }
}
