import { runScriptOn, script } from '../../system/nodes/script.ts'
import { ALERT_DIRECTORY, ALERT_PATH } from '../../system/pacemaker/alert-recipient.ts'
import type { System } from '../../system/system.ts'
import { prepareNodes } from '../run/prepare-nodes.ts'

/** `$1` is the program, `$2` the directory of its notes: at boot, tmpfiles.d makes it. */
const PREPARE = script`
[ -x "$1" ] || { echo "$1 is not there: install the same version of VHACS as on the other nodes" >&2; exit 1; }
[ -d "$2" ] || install -d -o hacluster -g haclient -m 750 -- "$2"
`

/** Where it fails, Pacemaker logs that it cannot run the alert, or more than needed is reported; nothing else depends on it. */
export async function prepareAlerts(system: System, names: readonly string[]): Promise<string[]> {
  return prepareNodes(names, {
    run: node => runScriptOn(system, node, { text: PREPARE, values: [ALERT_PATH, ALERT_DIRECTORY] }),
    note: (node, reason) => `${node} reports no events yet: ${reason}`,
  })
}
