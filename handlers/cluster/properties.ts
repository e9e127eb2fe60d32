import { child, descendants, type Element } from '../../cloud/xml.ts'
import { seconds } from '../../system/pacemaker/duration.ts'
import { type FencingProperty, fencingProperty } from '../../system/pacemaker/fencing-properties.ts'

/** What Pacemaker's properties say of fencing and quorum. */
export interface FencingProperties {
  readonly isFencing: boolean
  /** How long one attempt to fence a node may take. */
  readonly fencingSeconds: number
  /** Whether the cluster acts here: this side has quorum, or none is asked for. */
  readonly mayAct: boolean
}

/** Pacemaker's default of stonith-timeout. */
const FENCING_SECONDS = 60

export function fencingProperties(cib: Element): FencingProperties {
  const pairs = descendants(child(child(cib, 'configuration'), 'crm_config'), 'nvpair')
  // of a name that is set twice, the first one counts
  const properties = new Map(pairs.toReversed().map(({ attributes: { name = '', value = '' } }) => [name, value]))
  const version = properties.get('dc-version') ?? ''
  const property = (name: FencingProperty) => fencingProperty(properties, name, version)?.value
  const watchdog = seconds(property('fencing-watchdog-timeout')) ?? 0
  const byDevice = seconds(property('fencing-timeout')) ?? FENCING_SECONDS
  return {
    // enabled unless it is said otherwise
    isFencing: !/^(false|no|off|n|0)$/i.test(property('fencing-enabled') ?? 'true'),
    fencingSeconds: Math.max(byDevice, watchdog),
    mayAct: /^(1|true)$/i.test(cib.attributes['have-quorum'] ?? '') || properties.get('no-quorum-policy') === 'ignore',
  }
}
