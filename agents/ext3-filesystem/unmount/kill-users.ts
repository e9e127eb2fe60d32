import { namespaces } from '../../../system/proc/mount-namespaces.ts'
import type { Process } from '../../../system/proc/process-stat.ts'
import { ancestry, ifAlive, processAt } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import type { MountContext } from '../parameters.ts'
import { describeUsers } from '../usage/describe-users.ts'
import { evidentUsers, type TargetFilesystems, type User } from '../usage/users.ts'
import { createOwnerKiller } from './kill-owners.ts'
import { helpToExit } from './survivors.ts'
import type { Urgency } from './time-limits.ts'

/** The same time as in the stock agent, which sends five signals, a second apart. */
const GRACE_SECONDS = 5

/** A killed process that still exists after this time is prevented from exiting. */
const KILLED_MILLISECONDS = 1000

/** How long the unmount waits for one search for new users. */
const EVIDENT_MILLISECONDS = 1000

/** Makes processes release a file system during a stop. */
export interface UserKiller {
  /** How long processes have to exit by themselves. */
  readonly graceMilliseconds: number
  /** Whether that time has passed for the users that were found first. */
  isGraceOver(): boolean
  /**
   * Sends SIGTERM to users, or SIGKILL after the grace period; waits a moment for them to exit. Unless it `isKnown` what keeps the file
   * system busy, there may be users that no search finds.
   */
  apply(users: readonly User[], isKnown?: boolean): Promise<void>
  /**
   * After the grace period, kills new users at once while `work` runs, because some are started faster than a single pass kills
   * them.
   */
  keepKillingDuring(work: Promise<unknown>, filesystems: TargetFilesystems): Promise<void>
}

/** Terminates the users of a file system, as far as `force_unmount` allows. */
export function createUserKiller(context: MountContext, isUrgent: Urgency): UserKiller {
  const { parameters, system, deadline, log } = context
  // never this process, its ancestors, or init
  const exempt = new Set([...ancestry(system), 1])
  const graceMilliseconds = Math.min(GRACE_SECONDS, deadline.remainingSeconds() / 3) * 1000
  const signalled = new Set<string>()
  const killed = new Map<string, { readonly process: Process; readonly at: number }>()
  let begunAt: number | undefined
  const isGraceOver = () => begunAt !== undefined && system.now() - begunAt >= graceMilliseconds
  const isExempt = (user: Process) => exempt.has(user.pid) || isOfCluster(system, user)
  const mayKill = (process: Process) => !isExempt(process)
  const owners = createOwnerKiller(context, isExempt)
  const helpSurvivors = async () => {
    for (const [key, { process, at }] of killed)
      if (!isRunning(process)) killed.delete(key)
      else if (system.now() - at >= KILLED_MILLISECONDS) await helpToExit(context, process, mayKill)
  }
  const noteOwners = (users: readonly User[]) => {
    for (const user of users) owners.note(user, isGraceOver() && !signalled.has(processKey(user)))
  }
  const signalUsers = (users: readonly User[]): User[] => {
    if (users.length > 0) begunAt ??= system.now()
    const signal = isGraceOver() ? 'SIGKILL' : 'SIGTERM'
    const due = users.filter(user => !isExempt(user) && (isGraceOver() || !signalled.has(processKey(user))))
    if (due.length > 0)
      log.info(`${parameters.directory} is in use: sending ${signal} to ${describeUsers(system, due)}`)
    noteOwners(due)
    for (const user of due) {
      signalled.add(processKey(user))
      if (signal === 'SIGKILL' && !killed.has(processKey(user)))
        killed.set(processKey(user), { process: user, at: system.now() })
      if (isRunning(user)) system.signal(user.pid, signal)
    }
    return due
  }
  // the pid may belong to another process by now; a zombie only holds an exit status
  const isRunning = ({ pid, startTime }: Process) => {
    const found = processAt(system, pid)
    return found?.startTime === startTime && !(found.state === 'Z' && found.threads <= 1)
  }
  return {
    graceMilliseconds,
    isGraceOver,
    async apply(users, isKnown = true) {
      const pending = parameters.force_unmount === 'no' ? [] : signalUsers(users)
      const end = system.now() + 500
      do await system.sleep(50, deadline.signal)
      while (system.now() < end && (pending.length === 0 || pending.some(isRunning)))
      if (parameters.force_unmount !== 'yes') return
      // a tracer or a server may not use the file system itself
      await helpSurvivors()
      if (isUrgent() && (users.length > 0 ? isGraceOver() : !isKnown)) await owners.apply(isKnown)
    },
    async keepKillingDuring(work, filesystems) {
      let isDone = false
      const finish = () => {
        isDone = true
      }
      work.then(finish, finish)
      while (parameters.force_unmount !== 'no' && isGraceOver() && !isDone) {
        const begun = system.now()
        const isOver = () => system.now() - begun >= EVIDENT_MILLISECONDS
        signalUsers(evidentUsers(system, filesystems, { spaces: namespaces(system), isOver }))
        // inspecting very many processes takes longer, and must leave time for the unmount
        await system.sleep(Math.max(20, system.now() - begun), deadline.signal)
      }
    },
  }
}

const CLUSTER_UNIT = /\/(?:corosync|pacemaker|sbd)\.service(?:\/|$)/m

/**
 * Whether a process is one of the cluster's own, without which the node is fenced; its apparent use may be a guess. Its unit does
 * not suffice, because daemons that agents have started are in Pacemaker's unit; nor does its name, which any process may take.
 */
function isOfCluster(system: System, { pid, name }: Process): boolean {
  if (!/^(?:corosync|pacemaker|sbd)/.test(name)) return false
  return CLUSTER_UNIT.test(ifAlive(() => system.read(`/proc/${pid}/cgroup`)) ?? '')
}

function processKey({ pid, startTime }: Process): string {
  return `${pid}@${startTime}`
}
