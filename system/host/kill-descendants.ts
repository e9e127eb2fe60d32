import type { Process } from '../proc/process-stat.ts'
import { processAt, processes } from '../proc/processes.ts'
import type { System } from '../system.ts'

/** Each round kills what the processes of the previous one have started in the meantime; one that hangs in the kernel remains. */
const ROUNDS = 5

/**
 * Kills the processes that this process and its descendants have left running: tools, their children, and orphans among
 * these. They are all in this process's group, which Pacemaker's own SIGKILL reaches, too; a daemon that a tool has started is
 * not in it, and remains.
 */
export function killDescendants(system: System): void {
  const killed = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const left = leftovers(system).filter(pid => !killed.has(pid))
    if (left.length === 0) return
    for (const pid of left) {
      system.signal(pid, 'SIGKILL')
      killed.add(pid)
    }
  }
}

function leftovers(system: System): number[] {
  const self = processAt(system, 'self')
  if (self === undefined) return []
  const group = processes(system).filter(({ pid, group }) => group === self.group && pid !== self.pid)
  const pids = new Set(group.map(({ pid }) => pid))
  // at a shell the group may contain the rest of a pipeline, which has the same parent as this process
  const isOrphan = ({ parent }: Process) => self.group === self.pid && parent !== self.parent && !pids.has(parent)
  const ours = new Set([self.pid])
  for (let known = 0; known < ours.size; ) {
    known = ours.size
    for (const process of group) if (ours.has(process.parent) || isOrphan(process)) ours.add(process.pid)
  }
  return [...ours].filter(pid => pid !== self.pid)
}
