import { booleanIn, propertiesIn } from '../../cloud/cib/elements.ts'
import type { Element } from '../../cloud/xml.ts'
import { seconds } from '../../system/pacemaker/duration.ts'
import { type FencingProperty, fencingProperty } from '../../system/pacemaker/fencing/properties.ts'

/** Pacemaker's properties about fencing and quorum. */
export interface FencingProperties {
  readonly isFencing: boolean
  /** How long one attempt to fence a node may take. */
  readonly fencingSeconds: number
  /** Whether the cluster acts on this side: it has quorum, or does not need it. */
  readonly mayAct: boolean
}

/** Pacemaker's default of stonith-timeout. */
export const FENCING_SECONDS = 60

export function fencingProperties(cib: Element): FencingProperties {
  const properties = propertiesIn(cib)
  const version = properties.get('dc-version') ?? ''
  const property = (name: FencingProperty) => fencingProperty(properties, name, version)?.value
  const watchdog = seconds(property('fencing-watchdog-timeout')) ?? 0
  const byDevice = seconds(property('fencing-timeout')) ?? FENCING_SECONDS
  return {
    // enabled by default
    isFencing: booleanIn(property('fencing-enabled')) ?? true,
    fencingSeconds: Math.max(byDevice, watchdog),
    mayAct: booleanIn(cib.attributes['have-quorum']) === true || properties.get('no-quorum-policy') === 'ignore',
  }
}
