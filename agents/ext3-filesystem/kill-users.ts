import { ancestry, processAt } from '../../system/proc/processes.ts'
import type { MountContext } from './parameters.ts'
import { evidentUsers, type TargetFilesystems, type User } from './users.ts'

/** As long as the stock agent gives them: five signals, a second apart. */
const GRACE_SECONDS = 5

/** How a stop presses the users of a file system to leave it. */
export interface UserKiller {
  /** Asks users to end, or ends them when they have had their time; waits a moment for them to be gone. */
  apply(users: readonly User[]): Promise<void>
  /** Ends at once whoever turns up while `work` lasts, if the time of grace is over: some are started faster than ended. */
  keepKillingDuring(work: Promise<unknown>, sought: TargetFilesystems): Promise<void>
}

/** Pressure on the users of a file system, as `force_unmount` allows. */
export function createUserKiller(context: MountContext): UserKiller {
  const { parameters, system, deadline, log } = context
  // never this process, those that wait for it, or the first of all
  const untouchable = new Set([...ancestry(system), 1])
  const grace = Math.min(GRACE_SECONDS, deadline.remainingSeconds() / 3) * 1000
  const asked = new Set<string>()
  let since: number | undefined
  const isOver = () => since !== undefined && system.now() - since >= grace
  const press = (users: readonly User[]): User[] => {
    if (users.length > 0) since ??= system.now()
    const signal = isOver() ? 'SIGKILL' : 'SIGTERM'
    const due = users.filter(user => !untouchable.has(user.pid) && (isOver() || !asked.has(keyOf(user))))
    if (due.length > 0) log.info(`${parameters.directory} is in use: sending ${signal} to ${namesOf(due)}`)
    for (const user of due) {
      asked.add(keyOf(user))
      if (isStill(user)) system.signal(user.pid, signal)
    }
    return due
  }
  // a number may have been given to another process since the look at its files
  const isStill = ({ pid, startTime }: User) => processAt(system, pid)?.startTime === startTime
  return {
    async apply(users) {
      const pressed = parameters.force_unmount === 'no' ? [] : press(users)
      const end = system.now() + 500
      do await system.sleep(50, deadline.signal)
      while (system.now() < end && (pressed.length === 0 || pressed.some(isStill)))
    },
    async keepKillingDuring(work, sought) {
      let isDone = false
      const finish = () => {
        isDone = true
      }
      work.then(finish, finish)
      while (parameters.force_unmount !== 'no' && isOver() && !isDone) {
        const begun = system.now()
        press(evidentUsers(system, sought))
        // to look at very many processes takes longer, and must leave time for the work
        await system.sleep(Math.max(20, system.now() - begun), deadline.signal)
      }
    },
  }
}

function keyOf({ pid, startTime }: User): string {
  return `${pid}@${startTime}`
}

export function namesOf(users: readonly User[]): string {
  return users.map(({ pid, name, uses }) => `${name} (pid ${pid}, ${uses})`).join(', ')
}
