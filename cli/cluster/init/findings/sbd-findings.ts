import { type Examination, wordsIn } from '../../examine/examination.ts'
import { hasWatchdog, LOAD_WATCHDOG, slotNames } from '../../examine/fencing/sbd.ts'
import { sbdHeaderIn } from '../../examine/fencing/sbd-header.ts'
import { isSbdInstalled, NO_COMMON_AGENT, sbdAgent, sbdAgentProblem } from '../../examine/fencing/software.ts'
import { error, type Finding, type NodeFinding, onNode, warning } from '../../examine/finding.ts'
import { chosenDisk, disksProblem, freeDisks, isSameDisk, isUsed } from '../input/disks.ts'
import type { InitRequest } from '../input/request.ts'

/** Faults that prevent the nodes from being fenced in the requested way. */
export function sbdFindings(
  examinations: readonly Examination[],
  { nodes, fencing }: Pick<InitRequest, 'nodes' | 'fencing'>,
): Finding[] {
  if (fencing.by === 'nothing') return []
  const ready = examinations.flatMap(examined => onNode(examined.node, readinessFindings(examined)))
  if (fencing.by === 'watchdog') return ready
  return [
    ...ready,
    ...examinations.flatMap(examined => onNode(examined.node, diskFindings(examined, fencing.device, nodes))),
    ...agentFindings(examinations),
    ...identityFindings(examinations),
  ]
}

function readinessFindings(examined: Examination): NodeFinding[] {
  return [
    ...(isSbdInstalled(examined) ? [] : [error('sbd is not installed', 'apt-get install sbd')]),
    ...watchdogFindings(examined),
  ]
}

function agentFindings(examinations: readonly Examination[]): Finding[] {
  if (sbdAgent(examinations) !== undefined) return []
  const lacking = examinations.flatMap(examined => {
    const problem = sbdAgentProblem(examined)
    return problem === undefined ? [] : onNode(examined.node, [problem])
  })
  return lacking.length > 0 ? lacking : [NO_COMMON_AGENT]
}

function watchdogFindings(examined: Examination): NodeFinding[] {
  if (!hasWatchdog(examined)) return [error('has no watchdog', LOAD_WATCHDOG)]
  if (!/software/i.test(examined.sections.get('watchdog') ?? '')) return []
  const what = 'has only a software watchdog: it is not reset if its kernel hangs'
  return [warning(what, "load the hardware watchdog's kernel module")]
}

function diskFindings(examined: Examination, device: string, nodes: readonly string[]): NodeFinding[] {
  const disk = chosenDisk(examined)
  if (disk === undefined) {
    const problem = disksProblem(examined)
    if (problem !== undefined) return [error(problem, 'check the output of "lsblk --json" there')]
    const free = [...freeDisks(examined).keys()].join(', ')
    return [error(`has no block device ${device}`, `name a shared disk${free && `, such as ${free}`}`)]
  }
  const signatures = wordsIn(examined, 'signatures')
  if (isUsed(disk) || signatures.length > 0) {
    const state = signatures.length > 0 ? `holds ${signatures.join(', ')}` : 'is read-only or in use'
    return [error(`${device} ${state}`, 'choose an unused disk, or erase the content of this one')]
  }
  const others = slotNames(examined, 'others').filter(name => !nodes.includes(name))
  if (others.length === 0) return []
  const todo = 'make sure that no other cluster on this disk has nodes of the same names: they would be fenced instead'
  return [warning(`${device} also has slots of ${others.join(', ')}`, todo)]
}

/** The UUID of a header proves that it is one disk; without a header, the devices' identities are compared. */
function identityFindings(examinations: readonly Examination[]): Finding[] {
  const disks = examinations.flatMap(examined => chosenDisk(examined) ?? [])
  const [first, ...others] = disks
  if (first === undefined || disks.length < examinations.length) return []
  const uuids = new Set(examinations.map(examined => sbdHeaderIn(examined)?.uuid))
  if (uuids.size > 1 || others.some(other => isSameDisk(first, other) === false)) {
    const todo = 'name it by a link in /dev/disk/by-id that all nodes have'
    return [error('the device is not the same disk on all nodes', todo)]
  }
  const isProven = !uuids.has(undefined) || others.every(other => isSameDisk(first, other))
  if (isProven) return []
  const what = 'the disk has neither WWN nor serial number, so it may not be the same disk on all nodes'
  return [error(what, 'if it is the same, run "sbd -d DEVICE create" on one node, then this command again')]
}
