import { BOOT_UNITS, enabledUnits, savedTargetFiles } from '../examine/boot-units.ts'
import type { Sections } from '../examine/examination.ts'
import { error, type NodeFinding, warning } from '../examine/finding.ts'

/** Units that start something at boot that only Pacemaker may start. */
export function bootFindings(examined: Sections): NodeFinding[] {
  const findings = enabledUnits(examined).map(unit => enabledFinding(unit, `systemctl disable ${unit}`))
  const saved = savedTargetFiles(examined).map(file => {
    const what = `${file} has saved targets, which may be restored on the wrong node`
    return warning(what, 'remove the targets of VHACS from it, or delete the file')
  })
  return [...findings, ...saved]
}

export function enabledFinding(unit: string, todo: string): NodeFinding {
  return error(`${unit} is enabled: at boot it starts ${BOOT_UNITS[unit]} outside Pacemaker's control`, todo)
}
