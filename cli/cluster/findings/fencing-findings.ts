import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { daemonsThat } from '../examine/daemons.ts'
import type { Examination } from '../examine/examination.ts'
import type { Fencing } from '../examine/fencing/fencing.ts'
import { hasWatchdog, LOAD_WATCHDOG, slotNames } from '../examine/fencing/sbd.ts'
import { legacyProblem } from '../examine/fencing/software.ts'
import { error, type Finding, onNode } from '../examine/finding.ts'

/** What Pacemaker and its fencers report about the devices. */
export interface DeviceState {
  /** The resources that run with nothing in progress and nothing failed. */
  readonly settled: readonly ActiveResource[]
  /** Ids of the devices among them that do not answer (examine/fencing/queries.ts). */
  readonly unresponsive: ReadonlySet<string>
}

/**
 * Faults that prevent nodes from being fenced. Without fencing, a node that hangs may continue to write while its peer takes over,
 * which loses data. The nodes have answered FENCING_STATE and FENCES_QUESTION.
 */
export function fencingFindings(
  examinations: readonly Examination[],
  fencing: Fencing,
  { settled, unresponsive }: DeviceState,
): Finding[] {
  const { isEnabled, enablingProperty, devices, byWatchdog } = fencing
  const todo = `configure a fencing device (IPMI, sbd), then run "crm_attribute --name ${enablingProperty} --update true"`
  if (!isEnabled) return [error('fencing is disabled: a failover can lose data', todo)]
  if (devices.length === 0 && !byWatchdog)
    return [error('there is no fencing device: if a node is lost, nothing fails over', 'configure one (IPMI, sbd)')]
  const running = new Set(settled.map(({ id }) => id))
  return [
    ...devices.filter(id => !running.has(id)).map(stoppedDevice),
    ...devices.filter(id => running.has(id) && unresponsive.has(id)).map(unresponsiveDevice),
    ...examinations.flatMap(examined => legacyFindings(examined, fencing)),
    ...unfenceableNodes(examinations, fencing),
  ]
}

function stoppedDevice(id: string): Finding {
  return error(
    `the fencing device ${id} is not running`,
    `find the cause with "crm_mon -1rf", then run "crm_resource --cleanup -r ${id}"`,
  )
}

function unresponsiveDevice(id: string): Finding {
  return error(
    `the fencing device ${id} is started, but does not answer`,
    `find the cause with "stonith_admin --query ${id} -V" and "journalctl -u pacemaker", on the node that runs it`,
  )
}

/** Agents like external/sbd need packages that Pacemaker's package only recommends. */
function legacyFindings(examined: Examination, { legacyDevices }: Fencing): Finding[] {
  const problem = legacyDevices.length > 0 ? legacyProblem(examined) : undefined
  if (problem === undefined) return []
  const todo = `${problem.todo}; then run ${legacyDevices.map(id => `"crm_resource --cleanup -r ${id}"`).join(', ')}`
  return onNode(examined.node, [error(`${problem.what}: ${legacyDevices.join(', ')} cannot fence from it`, todo)])
}

function unfenceableNodes(examinations: readonly Examination[], fencing: Fencing): Finding[] {
  const bySbd = examinations.flatMap(examined => sbdFindings(examined, fencing))
  const known = new Set(bySbd.map(({ node }) => node))
  const others = fencing.byWatchdog ? [] : nodesWithoutDevice(examinations).filter(node => !known.has(node))
  const todo = `check pcmk_host_list and similar parameters of ${fencing.devices.join(', ')}`
  const unasked = fencing.byWatchdog ? [] : unaskedNodes(examinations).filter(node => !known.has(node))
  return [
    ...bySbd,
    ...others.map(node => error('no fencing device can fence it', todo, node)),
    ...unasked.map(node => error(UNASKED, `on another node, run "stonith_admin --list ${node} -V"`, node)),
  ]
}

const UNASKED = 'whether a fencing device can fence it is not known: Pacemaker answers too slowly'

/** The nodes for which none of the other nodes that were asked has a device. */
function nodesWithoutDevice(examinations: readonly Examination[]): string[] {
  const found = Map.groupBy(examinations.flatMap(devicesFrom), ([name = '']) => name)
  return [...found].flatMap(([name, answers]) => (answers.every(({ length }) => length === 1) ? [name] : []))
}

/** The nodes for which no other node has asked its fencer, although it runs one. */
function unaskedNodes(examinations: readonly Examination[]): string[] {
  const asked = new Set(examinations.flatMap(devicesFrom).map(([name]) => name))
  const askers = examinations.filter(examined => daemonsThat(examined, 'active').includes('pacemaker'))
  return examinations
    .map(({ node }) => node)
    .filter(node => !asked.has(node) && askers.some(examined => examined.node !== node))
}

/** The answers of a node's fencer: the name of each node, and the devices for it. */
function devicesFrom({ sections }: Examination): string[][] {
  const lines = (sections.get('fences') ?? '').split('\n').filter(Boolean)
  return lines.map(line => line.trim().split(/\s+/))
}

/** A node must read the messages on sbd's disk, and sbd must keep its watchdog from resetting it. */
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
