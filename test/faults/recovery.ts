import { script } from '../../system/nodes/script.ts'
import { healthFindings } from './health.ts'
import { becomes, lab, tryCommandOn } from './lab.ts'

/** How long the cluster may take to be as before, with no failure listed; Pacemaker forgets one after a minute or two. */
const RECOVERY_SECONDS = 300

export interface Recovery {
  /** In seconds. */
  readonly recovery: number
  /** What is still wrong. */
  readonly findings: readonly string[]
}

/** All nodes run and are in the cluster again; also one that is fenced only later. Failures are cleared, or Pacemaker has to forget them. */
export async function recover(nodes: readonly number[], clears: boolean): Promise<Recovery> {
  const begin = performance.now()
  await join(nodes)
  const isWell = await becomes(RECOVERY_SECONDS, async () => {
    const wrong = await healthFindings(nodes)
    if (wrong.some(isAbsence)) await join(nodes)
    if (clears && wrong.length > 0 && wrong.every(isFailure)) await tryCommandOn(nodes[0] ?? 1, CLEAR)
    return wrong.length === 0
  })
  return { recovery: (performance.now() - begin) / 1000, findings: isWell ? [] : await healthFindings(nodes) }
}

/** As an administrator does, who finds nodes that do not run, or run without the cluster. */
async function join(nodes: readonly number[]): Promise<void> {
  // a node that does not start or join is named by what is asked next
  for (const node of nodes) await lab('boot', node).catch(() => undefined)
  await lab('cluster').catch(() => undefined)
}

const CLEAR = script`vhacs storage --unfail ALL; vhacs vserver --unfail ALL`

/** What is only listed. */
const isFailure = (wrong: string) => / failed on node\d: | has a failure: /.test(wrong)

const isAbsence = (wrong: string) => /^node\d( is (offline|unclean|missing)$|: crm_mon)/.test(wrong)
