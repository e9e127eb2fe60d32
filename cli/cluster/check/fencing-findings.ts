import { script } from '../../../system/nodes/script.ts'
import { daemonsThat } from '../examine/daemons.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding } from '../examine/finding.ts'
import { hasWatchdog, LOAD_WATCHDOG, slotNames } from '../examine/sbd.ts'
import type { Fencing } from './fencing.ts'

/**
 * Asks a node's fencer which devices it has for the others; a node's own may be banned from it. A node without Pacemaker is not
 * asked, because stonith_admin would wait for Pacemaker.
 */
export const FENCING_QUESTION = script`
section fences; systemctl -q is-active pacemaker && for name do [ "$name" = "$(uname -n)" ] || echo "$name $(stonith_admin --list "$name" --timeout 20 | tail -n 1)"; done
`

/**
 * What keeps nodes from being fenced. Without fencing a node that hangs may go on writing while its peer takes over: that loses
 * data. `active` are the ids of the resources that Pacemaker runs.
 */
export function fencingFindings(
  examinations: readonly Examination[],
  fencing: Fencing,
  active: ReadonlySet<string>,
): Finding[] {
  const { isEnabled, devices, byWatchdog } = fencing
  const todo = 'configure a fencing device (IPMI, sbd) and set stonith-enabled=true'
  if (!isEnabled) return [error('fencing is disabled: a failover can lose data', todo)]
  if (devices.length === 0 && !byWatchdog)
    return [error('there is no fencing device: if a node is lost, nothing fails over', todo)]
  return [...devices.filter(id => !active.has(id)).map(stoppedDevice), ...unfenceableNodes(examinations, fencing)]
}

function stoppedDevice(id: string): Finding {
  return error(
    `the fencing device ${id} is not running`,
    `find the cause with "crm_mon -1rf", then run "crm_resource --cleanup -r ${id}"`,
  )
}

function unfenceableNodes(examinations: readonly Examination[], fencing: Fencing): Finding[] {
  const bySbd = examinations.flatMap(examined => sbdFindings(examined, fencing))
  const known = new Set(bySbd.map(({ node }) => node))
  const others = fencing.byWatchdog ? [] : nodesWithoutDevice(examinations).filter(node => !known.has(node))
  const todo = `check pcmk_host_list and similar parameters of ${fencing.devices.join(', ')}`
  return [...bySbd, ...others.map(node => error('no fencing device can fence it', todo, node))]
}

/** The nodes for which every other node that was asked has no device. */
function nodesWithoutDevice(examinations: readonly Examination[]): string[] {
  // such as `alpha 1 fence device found`, from stonith_admin(8)
  const lines = examinations.flatMap(({ sections }) => [
    ...(sections.get('fences') ?? '').matchAll(/^(\S+) (\d+) fence devices? found$/gm),
  ])
  const counts = Map.groupBy(lines, ([, name = '']) => name)
  return [...counts].flatMap(([name, found]) => (found.every(([, , count]) => count === '0') ? [name] : []))
}

/** A node must read what is written to sbd's disk, and sbd must keep its watchdog from resetting it. */
function sbdFindings(examined: Examination, { sbdDevices, byWatchdog }: Fencing): Finding[] {
  const { node } = examined
  const [by = byWatchdog ? 'its watchdog' : undefined] = sbdDevices
  if (by === undefined) return []
  const todo = 'check /etc/default/sbd there, run "systemctl enable sbd", and restart corosync and pacemaker there'
  if (!daemonsThat(examined, 'active').includes('sbd'))
    return [error(`sbd is not running: ${by} cannot fence it`, todo, node)]
  if (byWatchdog && !hasWatchdog(examined))
    return [error('has no watchdog: nothing resets it if it hangs', LOAD_WATCHDOG, node)]
  if (sbdDevices.length === 0 || slotNames(examined).includes(node)) return []
  return [error(`has no slot on sbd's disk: ${by} cannot fence it`, todo, node)]
}
