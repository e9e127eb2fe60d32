import type { ClusterNode } from '../../../cloud/cib/read-cluster.ts'
import { VHOST_ATTRIBUTE } from '../../../cloud/node-attributes.ts'
import { type Examination, UNITS, wordsIn } from '../examine/examination.ts'
import type { NodeFinding } from '../examine/finding.ts'

/** What a boot starts that only Pacemaker may start. */
export function bootFindings(examined: Examination): NodeFinding[] {
  const findings = enabledUnits(examined).map(
    (unit): NodeFinding => ({
      severity: 'error',
      what: `${unit} is enabled: at boot it starts ${UNITS[unit]} behind Pacemaker's back`,
      todo: `systemctl disable ${unit}`,
    }),
  )
  if (!hasSavedTargets(examined)) return findings
  const what = 'targets are saved in /etc/target/saveconfig.json, and may come back on the wrong node'
  return [...findings, { severity: 'warning', what, todo: 'remove those that are exported by VHACS, or the file' }]
}

/** Those of UNITS that are started at boot. */
export function enabledUnits({ sections }: Pick<Examination, 'sections'>): string[] {
  return (sections.get('units') ?? '').split('\n').flatMap(line => {
    const [unit = '', state] = line.split(' ')
    return state === 'enabled' ? [unit] : []
  })
}

export function hasSavedTargets({ sections }: Pick<Examination, 'sections'>): boolean {
  return Number(sections.get('saved') ?? 0) > 0
}

/**
 * Pacemaker, or the target that it is ordered after, must be ordered after these. The first two cut sessions when they stop.
 * blkdeactivate of the third makes multipathd fail I/O instead of holding it back; volumes that DRBD has open it leaves
 * alone, so a node that only stores needs none of the three.
 */
const STOPPED_LATER = ['iscsid.service', 'open-iscsi.service', 'blk-availability.service']

/** A mount that loses its session or its I/O before Pacemaker has stopped it hangs, and the shutdown with it. */
export function orderFindings(
  examined: Examination,
  known: Pick<ClusterNode, 'attributes'> | undefined,
): NodeFinding[] {
  const after = wordsIn(examined, 'order').map(word => word.replace(/^After=/, ''))
  const early = STOPPED_LATER.filter(unit => !after.includes(unit))
  if (known?.attributes[VHOST_ATTRIBUTE] !== 'true' || after.length === 0 || early.length === 0) return []
  const what = `at shutdown ${early.join(' and ')} may stop before Pacemaker, and take the disks from what is mounted`
  const file = '/etc/systemd/system/resource-agents-deps.target.d/vhacs.conf'
  return [
    {
      severity: 'warning',
      what,
      todo: `put "[Unit]" and "After=${early.join(' ')}" into ${file}; systemctl daemon-reload`,
    },
  ]
}
