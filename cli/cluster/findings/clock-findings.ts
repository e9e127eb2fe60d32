import type { Examination, Sections } from '../examine/examination.ts'
import { type Finding, type NodeFinding, warning } from '../examine/finding.ts'

const ADVICE = 'install chrony or another time service on all nodes'
const CLOCKS_AGREE_SECONDS = 2

/** Clocks that differ beyond doubt, of nodes that print a time. */
export function clockFindings(examinations: readonly Examination[]): Finding[] {
  const known = examinations.filter(found => Number.isFinite(found.clockLeadSeconds + found.clockDoubtSeconds))
  const earliest = Math.min(...known.map(found => found.clockLeadSeconds + found.clockDoubtSeconds))
  return known.flatMap(({ node, clockLeadSeconds, clockDoubtSeconds }) => {
    const lead = clockLeadSeconds - clockDoubtSeconds - earliest
    if (lead < CLOCKS_AGREE_SECONDS) return []
    return [warning(`its clock is at least ${lead.toFixed(0)} s ahead of another node's`, ADVICE, node)]
  })
}

/** A clock that is not synchronised, as far as the kernel knows. @see timedatectl(1), adjtimex(2) */
export function timeServiceFindings({ sections }: Sections): NodeFinding[] {
  const [synchronised = '', ...services] = (sections.get('time') ?? '').split('\n')
  if (synchronised === 'synchronised=yes') return []
  if (services.length === 0) return [warning('its clock is not synchronised: no time service is running', ADVICE)]
  if (synchronised !== 'synchronised=no') return []
  const todo = 'check "chronyc sources" or "timedatectl timesync-status"'
  return [warning('its time service has not synchronised its clock', todo)]
}
