import type { Process } from '../proc/process-stat.ts'
import { processAt, processes } from '../proc/processes.ts'
import type { System } from '../system.ts'

/** Each round ends what a process of the one before has started meanwhile; one that hangs in the kernel stays. */
const ROUNDS = 5

/**
 * Ends what this process and those below it have left running: tools, what the tools have started, and what of that has lost
 * its parent. All of it is in this process's group, where Pacemaker's own SIGKILL reaches it too; a daemon that a tool has
 * started is not, and stays.
 */
export function killDescendants(system: System): void {
  const ended = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const left = leftovers(system).filter(pid => !ended.has(pid))
    if (left.length === 0) return
    for (const pid of left) {
      system.signal(pid, 'SIGKILL')
      ended.add(pid)
    }
  }
}

function leftovers(system: System): number[] {
  const self = processAt(system, 'self')
  if (self === undefined) return []
  const group = processes(system).filter(({ pid, group }) => group === self.group && pid !== self.pid)
  const pids = new Set(group.map(({ pid }) => pid))
  // at a shell the group may hold the rest of a pipeline, whose parent is our own
  const isOrphan = ({ parent }: Process) => self.group === self.pid && parent !== self.parent && !pids.has(parent)
  const ours = new Set([self.pid])
  for (let known = 0; known < ours.size; ) {
    known = ours.size
    for (const process of group) if (ours.has(process.parent) || isOrphan(process)) ours.add(process.pid)
  }
  return [...ours].filter(pid => pid !== self.pid)
}
