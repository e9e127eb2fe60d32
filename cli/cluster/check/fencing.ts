import { nvpairs } from '../../../cloud/cib/elements.ts'
import { child, descendants, type Element } from '../../../cloud/xml.ts'
import { SBD_AGENTS } from '../examine/sbd.ts'
import { isYes, propertiesIn } from './property-findings.ts'

/** How Pacemaker fences, according to its properties and devices. */
export interface Fencing {
  readonly isEnabled: boolean
  /** Ids of the devices that Pacemaker is to run. */
  readonly devices: readonly string[]
  /** Those of them that use sbd's disk. */
  readonly sbdDevices: readonly string[]
  /** Whether Pacemaker relies on each node's watchdog. */
  readonly byWatchdog: boolean
}

export function fencingIn(cib: Element): Fencing {
  const properties = propertiesIn(cib)
  const enabled = properties.get('stonith-enabled')
  const resources = child(child(cib, 'configuration'), 'resources')
  const devices = descendants(resources, 'primitive').filter(
    device => device.attributes.class === 'stonith' && nvpairs(device, 'meta_attributes')['target-role'] !== 'Stopped',
  )
  const ids = (found: readonly Element[]) => found.map(({ attributes }) => attributes.id ?? '')
  return {
    // enabled unless it is set to something else
    isEnabled: enabled === undefined || isYes(enabled),
    devices: ids(devices),
    sbdDevices: ids(devices.filter(({ attributes }) => SBD_AGENTS.some(agent => agent === attributes.type))),
    // sbd has told Pacemaker that there is a watchdog, and Pacemaker may rely on it
    byWatchdog:
      properties.get('have-watchdog') === 'true' && !/^0*\D*$/.test(properties.get('stonith-watchdog-timeout') ?? ''),
  }
}
