import { BOOT_UNITS, enabledUnits, hasSavedTargets } from '../examine/boot-units.ts'
import type { Sections } from '../examine/examination.ts'
import { error, type NodeFinding, warning } from '../examine/finding.ts'

/** What starts at boot although only Pacemaker may start it. */
export function bootFindings(examined: Sections): NodeFinding[] {
  const findings = enabledUnits(examined).map(unit => enabledFinding(unit, `systemctl disable ${unit}`))
  if (!hasSavedTargets(examined)) return findings
  const what = '/etc/target/saveconfig.json has saved targets, which may be restored on the wrong node'
  return [...findings, warning(what, 'remove the targets of VHACS from it, or delete the file')]
}

export function enabledFinding(unit: string, todo: string): NodeFinding {
  return error(`${unit} is enabled: at boot it starts ${BOOT_UNITS[unit]} outside Pacemaker's control`, todo)
}
