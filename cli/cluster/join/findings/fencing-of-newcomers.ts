import type { Examination } from '../../examine/examination.ts'
import { slotNames } from '../../examine/fencing/sbd.ts'
import { canRunAgent, NO_COMMON_AGENT, sbdAgentProblem } from '../../examine/fencing/software.ts'
import { error, type Finding, type NodeFinding, onNode, warning } from '../../examine/finding.ts'
import { sbdFindings } from '../../init/findings/sbd-findings.ts'
import { examinationsOf, isFencing, type Situation } from '../situation.ts'

/** What keeps nodes that are to join from being fenced as the others are: a cluster with a node that it cannot fence stops at its loss. */
export function fencingOfNewcomers(situation: Situation): Finding[] {
  const { newcomers, members, bySbd, examinations, fencing } = situation
  if (!isFencing(situation))
    return [warning('nothing can fence its nodes: if one is lost, nothing fails over', 'configure fencing first')]
  const joining = examinationsOf(situation, newcomers)
  const bySoftware = joining.flatMap(examined => onNode(examined.node, agentFindings(examined, fencing.sbdTypes)))
  return [
    ...sbdFindings(bySbd.by === 'disk' ? examinations : joining, {
      nodes: [...members, ...newcomers],
      fencing: bySbd,
    }).filter(finding => finding !== NO_COMMON_AGENT && (finding.node === null || newcomers.includes(finding.node))),
    ...bySoftware,
    ...(bySbd.by === 'disk' ? joining.flatMap(examined => onNode(examined.node, slotFindings(examined))) : []),
    ...(fencing.sbdDevices.length > 0 && bySbd.by !== 'disk' ? [NO_DISK] : []),
    // sbd gives the node its slot when it starts: only then may a device list it
    ...(fencing.byWatchdog || fencing.sbdDevices.length > 0 ? [] : deviceFindings(situation)),
  ]
}

const NO_DISK = error(
  'the cluster fences by the disk of sbd, but /etc/default/sbd on this node names none',
  'correct SBD_DEVICE there, or run the command on another node',
)

function agentFindings(examined: Examination, types: readonly string[]): NodeFinding[] {
  // no agent at all is a finding of its own
  if (sbdAgentProblem(examined) !== undefined) return []
  return types
    .filter(type => canRunAgent(examined, type) === false)
    .map(type => error(`cannot run the fencing agent ${type}`, 'install the packages that the other nodes have'))
}

/** Each node has a slot of its own on sbd's disk. @see sbd(8) */
function slotFindings(examined: Examination): NodeFinding[] {
  const names = slotNames(examined, 'others')
  const [, slots] = /^Number of slots\s*:\s*(\d+)/m.exec(examined.sections.get('header') ?? '') ?? []
  if (slots === undefined || names.includes(examined.node) || names.length < Number(slots)) return []
  return [error(`all ${slots} slots on sbd's disk are taken`, 'free one: sbd creates the disk anew with "sbd create"')]
}

/** A member has asked its fencer which devices it has for each node. */
function deviceFindings(situation: Situation): Finding[] {
  const { members, newcomers, fencing } = situation
  const lines = examinationsOf(situation, members).flatMap(({ sections }) => (sections.get('fences') ?? '').split('\n'))
  const withDevice = new Set(
    lines.map(line => line.trim().split(/\s+/)).flatMap(([name, ...found]) => (found.length > 0 ? name : [])),
  )
  const todo = `configure one for it first (pcmk_host_list and similar parameters of ${fencing.devices.join(', ')}, or another device)`
  return newcomers
    .filter(name => !withDevice.has(name))
    .map(name => error('no fencing device can fence it', todo, name))
}
