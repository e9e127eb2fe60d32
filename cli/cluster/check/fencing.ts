import { nvpairs } from '../../../cloud/cib/elements.ts'
import { child, descendants, type Element } from '../../../cloud/xml.ts'
import { daemonsThat, type Examination, slotNames, wordsIn } from '../examine/examination.ts'
import { error, type Finding } from '../examine/finding.ts'
import { isYes, propertiesIn } from './property-findings.ts'

/** What Pacemaker's properties and devices say of fencing. */
export interface Fencing {
  readonly isEnabled: boolean
  /** Ids of the devices that Pacemaker is to run. */
  readonly devices: readonly string[]
  /** Those of them that write to sbd's disk. */
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
    // on unless it is switched off
    isEnabled: enabled === undefined || isYes(enabled),
    devices: ids(devices),
    sbdDevices: ids(devices.filter(({ attributes }) => /^(external\/sbd|fence_sbd)$/.test(attributes.type ?? ''))),
    // sbd has told Pacemaker that there is a watchdog, and Pacemaker may rely on it
    byWatchdog:
      properties.get('have-watchdog') === 'true' && !/^0*\D*$/.test(properties.get('stonith-watchdog-timeout') ?? ''),
  }
}

/**
 * Asks a node's fencer which devices it has for the others; a node's own may be kept from running on it. Where Pacemaker does
 * not run it is not asked: stonith_admin would wait for it.
 */
export function fencingQuestions(names: readonly string[]): string {
  return `
section fences; systemctl -q is-active pacemaker && for name in ${names.join(' ')}; do [ $name = "$(uname -n)" ] || echo "$name $(stonith_admin --list $name --timeout 20 | tail -n 1)"; done
`
}

/**
 * What keeps nodes from being fenced. Without that a node that hangs may go on writing while its peer takes over: that loses
 * data. `active` are the ids of what Pacemaker runs.
 */
export function fencingFindings(
  examinations: readonly Examination[],
  { isEnabled, devices, ...fencing }: Fencing,
  active: ReadonlySet<string>,
): Finding[] {
  const todo = 'configure a fencing device (IPMI, sbd) and set stonith-enabled=true'
  if (!isEnabled) return [error('fencing is off: a failover can lose data', todo)]
  if (devices.length === 0 && !fencing.byWatchdog)
    return [error('there is no fencing device: after the loss of a node nothing is taken over', todo)]
  const bySbd = examinations.flatMap(examined => sbdFindings(examined, fencing))
  const known = new Set(bySbd.map(({ node }) => node))
  const unfenced = fencing.byWatchdog ? [] : unfencedNodes(examinations).filter(node => !known.has(node))
  return [
    ...devices
      .filter(id => !active.has(id))
      .map(id =>
        error(`the fencing device ${id} does not run`, `"crm_mon -1rf" says why; crm_resource --cleanup -r ${id}`),
      ),
    ...bySbd,
    ...unfenced.map(node =>
      error('no fencing device can fence it', `see pcmk_host_list and the like of ${devices.join(', ')}`, node),
    ),
  ]
}

/** The nodes of which every other one that knows says that it has no device for them. */
function unfencedNodes(examinations: readonly Examination[]): string[] {
  // such as `alpha 1 fence device found`, from stonith_admin(8)
  const lines = examinations.flatMap(({ sections }) => [
    ...(sections.get('fences') ?? '').matchAll(/^(\S+) (\d+) fence devices? found$/gm),
  ])
  const counts = Map.groupBy(lines, ([, name = '']) => name)
  return [...counts].flatMap(([name, found]) => (found.every(([, , count]) => count === '0') ? [name] : []))
}

/** What is written to sbd's disk must be read there, and a watchdog must be kept busy by sbd. */
function sbdFindings(
  examined: Examination,
  { sbdDevices, byWatchdog }: Omit<Fencing, 'isEnabled' | 'devices'>,
): Finding[] {
  const { node } = examined
  const [by = byWatchdog ? 'its watchdog' : undefined] = sbdDevices
  if (by === undefined) return []
  const todo = 'see /etc/default/sbd there; systemctl enable sbd, and start the cluster there anew'
  if (!daemonsThat(examined, 'active').includes('sbd'))
    return [error(`sbd does not run: ${by} cannot fence it`, todo, node)]
  if (byWatchdog && wordsIn(examined, 'watchdog').length === 0) {
    const advice =
      "load the module of the hardware's watchdog, at boot too (/etc/modules-load.d); softdog if there is none"
    return [error('it has no watchdog: nothing resets it when it hangs', advice, node)]
  }
  if (sbdDevices.length === 0 || slotNames(examined).includes(node)) return []
  return [error(`it has no slot on sbd's disk: ${by} cannot fence it`, todo, node)]
}
