import { joinedNames } from '../../../cloud/listed-names.ts'
import { parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { cancelWaitForAll, expectVotes } from '../../../system/nodes/membership/change-corosync.ts'
import { confirmFencing, setAdminEpoch } from '../../../system/nodes/membership/change-pacemaker.ts'
import { corosyncStateOn } from '../../../system/nodes/membership/corosync-state.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { poll } from '../../clouds/lifecycle.ts'
import { readCib } from '../../clouds/read-cib.ts'
import type { Step, Work } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { type AloneFacts, isDown } from './facts.ts'

/** Emulated and overloaded nodes need a large part of it. */
const DAEMON_SECONDS = 300
/** Resources that Pacemaker must stop first count, too. */
const SYSTEMCTL_SECONDS = 300

/** Starts the cluster on this node if it does not run. Without quorum, Pacemaker starts no resource. */
export function daemonSteps({ system, interruption }: Work, { here, corosync, status }: AloneFacts): Step[] {
  const start: Step = {
    name: `starting corosync and Pacemaker on ${here}`,
    run: async () => {
      await runOn(system, here, ['systemctl', 'start', 'corosync', 'pacemaker'], { timeoutSeconds: SYSTEMCTL_SECONDS })
    },
  }
  return [
    ...(corosync.isRunning && status !== undefined ? [] : [start]),
    {
      name: `waiting until Pacemaker on ${here} is ready`,
      waits: true,
      run: () =>
        poll(system, { seconds: DAEMON_SECONDS, interruption }, async () => {
          const monitor = await ifAvailable(monitorCluster(system))
          const found = monitor === undefined ? undefined : parseClusterStatus(monitor).haStatus.get(here)
          const isReady = found !== undefined && !['offline', 'unclean', 'pending'].includes(found)
          return isReady
            ? undefined
            : `${here} is ${found ?? 'not in the cluster'}: check "journalctl -u corosync -u pacemaker -u sbd" there`
        }),
    },
  ]
}

/**
 * Before there is quorum, what is known of the lost nodes is settled: then Pacemaker need not fence them, and the CIB of a node that returns
 * loses against this one.
 */
export function quorumSteps(work: Work, facts: AloneFacts): Step[] {
  const { system, interruption } = work
  const { here, lost } = facts
  const names = joinedNames(lost)
  return [
    markStep(work, facts),
    {
      name: `confirming to Pacemaker that ${names} ${lost.length === 1 ? 'is' : 'are'} off`,
      run: async () => {
        for (const node of lost) await confirmFencing(system, here, node)
      },
    },
    {
      name: `giving corosync quorum without ${names}`,
      run: async () => {
        const { isRunning, waitsForAll, isQuorate } = await corosyncStateOn(system, here)
        if (waitsForAll || !isRunning) await cancelWaitForAll(system, here)
        else if (!isQuorate) await expectVotesOfRest(work, facts)
      },
    },
    {
      name: 'waiting for quorum',
      waits: true,
      run: () => poll(system, { seconds: DAEMON_SECONDS, interruption }, () => missingForQuorum(work, facts)),
    },
  ]
}

/** What is still missing; does again what was not enough. */
async function missingForQuorum(work: Work, facts: AloneFacts): Promise<string | undefined> {
  const { system } = work
  const { here, lost } = facts
  const { isQuorate, waitsForAll } = await corosyncStateOn(system, here)
  if (!isQuorate) {
    // corosync no longer waits for all, but counts on more votes than there are
    if (!waitsForAll) await expectVotesOfRest(work, facts)
    return 'corosync has no quorum: see "corosync-quorumtool"'
  }
  const status = parseClusterStatus(await monitorCluster(system))
  if (!status.hasQuorum) return 'Pacemaker has no quorum: see "crm_mon -1"'
  const waiting = lost.filter(node => !isDown(status, node))
  for (const node of waiting) await confirmFencing(system, here, node)
  return waiting.length === 0
    ? undefined
    : `Pacemaker waits until ${joinedNames(waiting)} is fenced: see "stonith_admin --history '*'"`
}

async function expectVotesOfRest(
  { system }: Pick<Work, 'system'>,
  { here, corosync, lost }: AloneFacts,
): Promise<void> {
  await expectVotes(system, here, corosync.configured.length - lost.length)
}

/** Pacemaker keeps the CIB with the highest admin_epoch when a node joins, and changes that itself never. */
export function markStep(
  { system, isDryRun }: Pick<Work, 'system' | 'isDryRun'>,
  { here, snapshot }: AloneFacts,
): Step {
  return {
    name: "making this cluster's configuration win over that of a node that returns",
    run: async () => {
      // in a dry run, Pacemaker may not run
      const { admin_epoch: epoch = '' } = (isDryRun ? snapshot : await readCib(system)).root.attributes
      await setAdminEpoch(system, here, /^\d{1,9}$/.test(epoch) ? Number(epoch) + 1 : 1)
    },
  }
}
