import { CIB_DIRECTORY } from '../../../../system/cib-directory.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import type { Step } from '../../../run/steps.ts'
import type { Daemon } from '../../examine/daemons.ts'
import { setAside } from '../../membership/journal.ts'
import { membershipOf } from '../input/membership.ts'
import { type InitContext, onAllNodes, systemctl } from './context.ts'

/*
 * Steps that start and stop the daemons.
 */

export const EMPTY_CIB = ['find', CIB_DIRECTORY, '-mindepth', '1', '-delete'] as const

/** Debian starts both daemons when they are installed, with each node as a cluster of its own. */
export function stopPackagedCluster(context: InitContext): Step {
  const { system } = context
  return onAllNodes('stopping the cluster that the packages started', context, async (examined, noted) => {
    const { node } = examined
    const { active } = membershipOf(examined)
    for (const daemon of ['pacemaker', 'corosync'] as const) {
      if (!active.includes(daemon)) continue
      noted.note(node, () => systemctl(system, node, 'start', [daemon]))
      await systemctl(system, node, 'stop', [daemon])
    }
    const { stdout } = await runOn(system, node, ['ls', '-1', CIB_DIRECTORY], { looks: true, accepted: [0, 2] })
    if (stdout.trim() === '') return
    await setAside(system, node, CIB_DIRECTORY, noted)
    await runOn(system, node, [...EMPTY_CIB])
  })
}

/** Starting corosync also starts sbd where that is enabled. */
export function startCorosync(context: InitContext): Step {
  const { system, request } = context
  const wanted: readonly Daemon[] =
    request.fencing.by === 'nothing' ? ['corosync', 'pacemaker'] : ['corosync', 'pacemaker', 'sbd']
  return onAllNodes('starting corosync', context, async (examined, noted) => {
    const { node } = examined
    const { enabled } = membershipOf(examined)
    const disabled = wanted.filter(daemon => !enabled.includes(daemon))
    // an sbd that is not part of this cluster would reset nodes on its own
    const unwanted = wanted.includes('sbd') || !enabled.includes('sbd') ? [] : (['sbd'] as const)
    noted.note(node, async () => {
      if (unwanted.length > 0) await systemctl(system, node, 'enable', unwanted)
      if (disabled.length > 0) await systemctl(system, node, 'disable', disabled)
    })
    if (unwanted.length > 0) await systemctl(system, node, 'disable', unwanted)
    if (disabled.length > 0) await systemctl(system, node, 'enable', disabled)
    noted.note(node, () => systemctl(system, node, 'stop', ['corosync']))
    await systemctl(system, node, 'start', ['corosync'])
  })
}

export function startPacemaker(context: InitContext): Step {
  const { system } = context
  return onAllNodes('starting Pacemaker', context, async ({ node }, noted) => {
    noted.note(node, async () => {
      await systemctl(system, node, 'stop', ['pacemaker'])
      await runOn(system, node, [...EMPTY_CIB])
    })
    await systemctl(system, node, 'start', ['pacemaker'])
  })
}
