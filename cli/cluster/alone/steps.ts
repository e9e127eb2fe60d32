import { joinedNames } from '../../../cloud/listed-names.ts'
import { parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { cancelWaitForAll, expectVotes } from '../../../system/nodes/membership/change-corosync.ts'
import { confirmFencing, setAdminEpoch } from '../../../system/nodes/membership/change-pacemaker.ts'
import { type CorosyncState, corosyncStateOn } from '../../../system/nodes/membership/corosync-state.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { poll } from '../../clouds/lifecycle.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { messageOf, type Step, type Work } from '../../run/steps.ts'
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

/** How long Pacemaker may take to fence the lost nodes before the operator's word is used in its place. */
const FENCING_SECONDS = 120

/**
 * The CIB is marked before anything can change on this side. Then Pacemaker fences the lost nodes, if a device still can: that holds whether or
 * not the operator is right. Only where it cannot, the operator's word is passed on.
 */
export function quorumSteps(work: Work, facts: AloneFacts): Step[] {
  const { system, interruption, isDryRun } = work
  const { here, lost } = facts
  const names = joinedNames(lost)
  const wait = (seconds: number, missing: () => Promise<string | undefined>) =>
    poll(system, { seconds, interruption }, missing)
  const confirm = async () => {
    const waiting = isDryRun ? lost : await unfenced(work, lost)
    for (const node of waiting) {
      await refuseReturned(work, facts)
      await confirmFencing(system, here, node)
    }
  }
  return [
    markStep(work, facts),
    {
      name: `giving corosync quorum without ${names}`,
      run: async () => {
        const { isRunning, waitsForAll, isQuorate } = await refuseReturned(work, facts)
        if (waitsForAll || !isRunning) await cancelWaitForAll(system, here)
        else if (!isQuorate) await expectVotesOfRest(work, facts)
      },
    },
    { name: 'waiting for quorum', waits: true, run: () => wait(DAEMON_SECONDS, () => missingForQuorum(work, facts)) },
    {
      name: `waiting until Pacemaker has fenced ${names}, at most ${FENCING_SECONDS} s`,
      waits: true,
      run: () =>
        wait(FENCING_SECONDS, () => missingForFencing(work, lost)).catch((error: unknown) => {
          interruption.throwIfAborted()
          work.print(`after ${FENCING_SECONDS} s: ${messageOf(error)}`)
        }),
    },
    {
      name: `confirming to Pacemaker that ${names} ${lost.length === 1 ? 'is' : 'are'} off, where it could not`,
      run: confirm,
    },
    {
      name: `waiting until Pacemaker goes on without ${names}`,
      waits: true,
      run: () => wait(DAEMON_SECONDS, () => missingForFencing(work, lost)),
    },
  ]
}

/** Corosync's state on this node. @throws Error when it sees a node that should be lost: it must never be confirmed to be off. */
export async function refuseReturned(
  { system }: Pick<Work, 'system'>,
  { here, lost }: AloneFacts,
): Promise<CorosyncState> {
  const state = await corosyncStateOn(system, here)
  const returned = lost.filter(node => state.members.includes(node))
  if (returned.length === 0) return state
  throw new Error(`${joinedNames(returned)} is in the cluster now, and is not off: see "vhacs cluster --check"`)
}

/** What corosync and Pacemaker still lack; does again what was not enough. */
async function missingForQuorum(work: Work, facts: AloneFacts): Promise<string | undefined> {
  const { system } = work
  const { isQuorate, waitsForAll } = await corosyncStateOn(system, facts.here)
  if (!isQuorate) {
    // corosync no longer waits for all, but counts on more votes than there are
    if (!waitsForAll) await expectVotesOfRest(work, facts)
    return 'corosync has no quorum: see "corosync-quorumtool"'
  }
  const { hasQuorum } = parseClusterStatus(await monitorCluster(system))
  return hasQuorum ? undefined : 'Pacemaker has no quorum: see "crm_mon -1"'
}

async function missingForFencing(work: Work, lost: readonly string[]): Promise<string | undefined> {
  const waiting = await unfenced(work, lost)
  if (waiting.length === 0) return undefined
  return `Pacemaker has not fenced ${joinedNames(waiting)}: see "stonith_admin --history '*'"`
}

async function unfenced({ system }: Pick<Work, 'system'>, lost: readonly string[]): Promise<string[]> {
  const status = parseClusterStatus(await monitorCluster(system))
  return lost.filter(node => !isDown(status, node))
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
