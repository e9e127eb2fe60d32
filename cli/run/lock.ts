import { readCluster } from '../../cloud/cib/read/cluster.ts'
import { hostName } from '../../system/host-name.ts'
import {
  acquireLock,
  isHolderRunning,
  type LockHolder,
  releaseLock,
  thisProcess,
} from '../../system/nodes/cluster-lock.ts'
import { forgetFailedConnections } from '../../system/nodes/connection.ts'
import { queryCib } from '../../system/pacemaker/cib/cib.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { holderIn } from './lock-holder.ts'
import { messageOf, type Work } from './steps.ts'

const PAUSE_MILLISECONDS = 2000
const LOCK_TIMEOUT_SECONDS = 1800

/**
 * Runs work that no other vhacs may run at the same time on any node, such as choosing minors and addresses, or starting what
 * another one destroys. It breaks a lock whose holder has ended. A dry run takes no lock. The caller has already read the CIB, so
 * that a stopped Pacemaker is reported in words, before there is a lock that could remain.
 * @throws Error when another one holds the lock for half an hour, the signal's reason when the wait is interrupted.
 */
export async function withClusterLock<T>(work: Work, act: () => Promise<T>): Promise<T> {
  const { system } = work
  if (work.isDryRun) return act()
  const self = thisProcess(system, hostName(system))
  let isAcquired = false
  try {
    await acquire(work, self)
    isAcquired = true
    return await act()
  } finally {
    // if it cannot be released now, the next vhacs will find that this process has ended
    await releaseLock(system, self).catch((error: unknown) => {
      if (isAcquired) work.print(`the lock could not be released: ${messageOf(error)}`)
    })
  }
}

async function acquire({ system, print, interruption }: Work, self: LockHolder): Promise<void> {
  const end = system.now() + LOCK_TIMEOUT_SECONDS * 1000
  let printed = ''
  for (;;) {
    const taken = await acquireLock(system, self)
    if (taken === undefined) return
    if (taken === 'gone') continue
    const other = holderIn(taken)
    if (await isGone(system, other)) {
      await releaseLock(system, other)
      continue
    }
    const line = `waiting for vhacs on ${other.node}, process ${other.pid}`
    if (line !== printed) print(line)
    printed = line
    if (system.now() > end) throw new Error(`${line}: it has held the lock for ${LOCK_TIMEOUT_SECONDS / 60} minutes`)
    await system.sleep(PAUSE_MILLISECONDS, interruption)
    forgetFailedConnections(system)
  }
}

/** A holder on an unreachable node may still be active, unless the cluster has lost the node. */
async function isGone(system: System, holder: LockHolder): Promise<boolean> {
  try {
    return !(await isHolderRunning(system, holder))
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    // read again: the cluster may have lost the node while this one waited
    const { nodes } = readCluster(await queryCib(system))
    return !nodes.some(({ name, isOnline }) => name === holder.node && isOnline)
  }
}
