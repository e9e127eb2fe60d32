import { readCluster } from '../../cloud/cib/read-cluster.ts'
import { hostName } from '../../system/host-name.ts'
import {
  acquireLock,
  isHolderRunning,
  type LockHolder,
  releaseLock,
  thisProcess,
} from '../../system/nodes/cluster-lock.ts'
import { forgetFailedConnections } from '../../system/nodes/ssh.ts'
import { queryCib } from '../../system/pacemaker/cib.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { messageOf, type Work } from './steps.ts'

const PAUSE_MILLISECONDS = 2000
const PATIENCE_SECONDS = 1800

/**
 * Does something that no other vhacs may do at the same time on any node, such as giving out minors and addresses, or starting
 * what another one destroys. A lock whose holder is gone is broken. A dry run takes none. The caller has looked at the CIB
 * before: where Pacemaker does not run, that is to be said before there is a lock that might be left.
 * @throws Error when another one has the lock for half an hour, the signal's reason when the wait is interrupted.
 */
export async function withClusterLock<T>(work: Work, act: () => Promise<T>): Promise<T> {
  const { system } = work
  if (work.isDryRun) return act()
  const self = thisProcess(system, hostName(system))
  try {
    await take(work, self)
    return await act()
  } finally {
    // when it cannot be given back now, the next one finds that this process is gone
    await releaseLock(system, self).catch((error: unknown) =>
      work.print(`the lock could not be released: ${messageOf(error)}`),
    )
  }
}

async function take({ system, print, interruption }: Work, self: LockHolder): Promise<void> {
  const end = system.now() + PATIENCE_SECONDS * 1000
  let said = ''
  for (;;) {
    const other = await acquireLock(system, self)
    if (other === undefined) return
    if (other === 'gone') continue
    if (await isGone(system, other)) {
      await releaseLock(system, other)
      continue
    }
    const line = `waiting for vhacs on ${other.node}, process ${other.pid}`
    if (line !== said) print(line)
    said = line
    if (system.now() > end) throw new Error(`${line}: it has held the lock for ${PATIENCE_SECONDS / 60} minutes`)
    await system.sleep(PAUSE_MILLISECONDS, interruption)
    forgetFailedConnections(system)
  }
}

/** A node that does not answer may work on: only one that the cluster has lost does not. */
async function isGone(system: System, holder: LockHolder): Promise<boolean> {
  try {
    return !(await isHolderRunning(system, holder))
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    const { nodes } = readCluster(await queryCib(system))
    return !nodes.some(({ name, isOnline }) => name === holder.node && isOnline)
  }
}
