import { child, descendants, type Element } from '../../cloud/xml.ts'
import { seconds } from './duration.ts'

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

/** Properties of fencing have a second name since Pacemaker 3.0.2. */
export function fencingProperties(cib: Element): FencingProperties {
  const pairs = descendants(child(child(cib, 'configuration'), 'crm_config'), 'nvpair')
  const property = (...names: readonly string[]) =>
    names
      .map(name => pairs.find(({ attributes }) => attributes.name === name)?.attributes.value)
      .find(value => value !== undefined)
  const watchdog = seconds(property('fencing-watchdog-timeout', 'stonith-watchdog-timeout')) ?? 0
  const byDevice = seconds(property('fencing-timeout', 'stonith-timeout')) ?? FENCING_SECONDS
  return {
    // enabled unless it is said otherwise
    isFencing: !/^(false|no|off|n|0)$/i.test(property('fencing-enabled', 'stonith-enabled') ?? 'true'),
    fencingSeconds: Math.max(byDevice, watchdog),
    mayAct: cib.attributes['have-quorum'] === '1' || property('no-quorum-policy') === 'ignore',
  }
}
