import { parseActiveResources } from '../../../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../../../cloud/pacemaker/cluster-status.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import { waitFor } from '../../../../system/system.ts'
import type { Step } from '../../../run/steps.ts'
import type { Daemon } from '../../examine/examination.ts'
import { standingOf } from '../input/probe.ts'
import { everywhere, type InitContext, systemctl } from './context.ts'
import { FENCE } from './first-configuration.ts'
import { setAside } from './journal.ts'

/*
 * Steps that start and stop the daemons, and wait for what they do.
 */

const CIB = '/var/lib/pacemaker/cib'

/** Debian starts both daemons when they are installed, each node a cluster of its own. */
export function stopPackagesCluster(context: InitContext): Step {
  const { system } = context
  return everywhere('stopping what the packages have started', context, async (examined, noted) => {
    const { node } = examined
    const active = standingOf(examined).active.filter(daemon => daemon !== 'sbd')
    for (const daemon of ['pacemaker', 'corosync'] as const) {
      if (!active.includes(daemon)) continue
      noted.note(node, () => systemctl(system, node, 'start', [daemon]))
      await systemctl(system, node, 'stop', [daemon])
    }
    const { stdout } = await runOn(system, node, ['ls', '-1', CIB], { looks: true, accepted: [0, 2] })
    if (stdout.trim() === '') return
    await setAside(system, node, CIB, noted)
    await runOn(system, node, ['find', CIB, '-mindepth', '1', '-delete'])
  })
}

/** Corosync starts sbd along with it where that is enabled. */
export function startCorosync(context: InitContext): Step {
  const { system, request } = context
  const wanted: readonly Daemon[] =
    request.fencing.by === 'nothing' ? ['corosync', 'pacemaker'] : ['corosync', 'pacemaker', 'sbd']
  return everywhere('starting corosync', context, async (examined, noted) => {
    const { node } = examined
    const { enabled } = standingOf(examined)
    const disabled = wanted.filter(daemon => !enabled.includes(daemon))
    // without a device or a plan for it, it would reset nodes at its own discretion
    const stray = wanted.includes('sbd') || !enabled.includes('sbd') ? [] : (['sbd'] as const)
    noted.note(node, async () => {
      if (stray.length > 0) await systemctl(system, node, 'enable', stray)
      if (disabled.length > 0) await systemctl(system, node, 'disable', disabled)
    })
    if (stray.length > 0) await systemctl(system, node, 'disable', stray)
    if (disabled.length > 0) await systemctl(system, node, 'enable', disabled)
    noted.note(node, () => systemctl(system, node, 'stop', ['corosync']))
    await systemctl(system, node, 'start', ['corosync'])
  })
}

export function startPacemaker(context: InitContext): Step {
  const { system } = context
  return everywhere('starting Pacemaker', context, async ({ node }, noted) => {
    noted.note(node, async () => {
      await systemctl(system, node, 'stop', ['pacemaker'])
      await runOn(system, node, ['find', CIB, '-mindepth', '1', '-delete'])
    })
    await systemctl(system, node, 'start', ['pacemaker'])
  })
}

/** Emulated and overloaded nodes need a good part of it. */
const PATIENCE_SECONDS = 300

/** Changes nothing: it is passed over in a dry run. */
export function waiting(
  name: string,
  context: InitContext,
  isReached: (context: InitContext) => Promise<boolean>,
): Step {
  const { system, interruption } = context
  return {
    name,
    waits: true,
    run: async () => {
      const end = system.now() + PATIENCE_SECONDS * 1000
      await waitFor(
        system,
        async () => {
          if (await isReached(context)) return true
          if (system.now() > end)
            throw new Error(`not within ${PATIENCE_SECONDS} s: see journalctl -u corosync -u pacemaker -u sbd`)
          return undefined
        },
        interruption,
        1000,
      )
    },
  }
}

/** Exit statuses of corosync-quorumtool: quorate or not, and not to be reached. */
const QUORUM_STATUSES = [0, 1, 2]

export async function hasQuorum({ system, first, request }: InitContext): Promise<boolean> {
  const { stdout } = await runOn(system, first, ['corosync-quorumtool', '-s'], {
    looks: true,
    accepted: QUORUM_STATUSES,
  })
  return /^Quorate:\s+Yes$/m.test(stdout) && new RegExp(`^Nodes:\\s+${request.nodes.length}$`, 'm').test(stdout)
}

export async function allOnline(context: InitContext): Promise<boolean> {
  const text = await monitor(context)
  if (text === undefined) return false
  const { haStatus, hasQuorum: isQuorate } = parseClusterStatus(text)
  return isQuorate && context.request.nodes.every(node => haStatus.get(node) === 'online')
}

export async function hasFence(context: InitContext): Promise<boolean> {
  const text = await monitor(context)
  return text !== undefined && parseActiveResources(text).some(({ id }) => id === FENCE)
}

/** Exit status of crm_mon while Pacemaker's daemons are not to be reached (CRM_EX_DISCONNECT). */
const DISCONNECTED = 102

async function monitor({ system, first }: InitContext): Promise<string | undefined> {
  const options = { looks: true, accepted: [0, DISCONNECTED] } as const
  const { status, stdout } = await runOn(system, first, ['crm_mon', '-1', '--inactive', '--output-as=xml'], options)
  return status === 0 ? stdout : undefined
}
