import { expect, test } from 'vitest'
import { killDescendants } from '../../../../system/host/kill-descendants.ts'
import { AGENT_PARENT, AGENT_PID, addProcess } from '../../../fake/proc/processes.ts'
import { fakeSystem } from '../../../fake/system.ts'

/** A node on which an agent, in a group that it leads or not, has a child and a tool, and others have theirs. */
function node(agentGroup: number) {
  const system = fakeSystem()
  const add = (pid: number, parent: number, group = agentGroup) => {
    addProcess(system, { pid, name: 'x', parent, group })
    system.put('/proc/self/stat', `${AGENT_PID} (agent) S ${AGENT_PARENT} ${agentGroup} ${'0 '.repeat(16)}1\n`)
  }
  add(AGENT_PARENT, 1, AGENT_PARENT)
  add(AGENT_PID, AGENT_PARENT)
  add(1001, AGENT_PID)
  add(1002, 1001)
  return { system, add }
}

test('all processes that the agent has started are killed, and orphans among them', () => {
  const { system, add } = node(AGENT_PID)
  add(1003, 1)
  add(1004, 1003)
  killDescendants(system)
  expect(new Set(system.signals)).toEqual(new Set([1001, 1002, 1003, 1004].map(pid => `SIGKILL ${pid}`)))
})

test('a daemon that a tool has started is kept, because it has its own group', () => {
  const { system, add } = node(AGENT_PID)
  add(1003, 1, 1003)
  add(1004, 1002, 1004)
  killDescendants(system)
  expect(system.signals).toEqual(['SIGKILL 1001', 'SIGKILL 1002'])
})

test('the rest of the pipeline in a shell and its children stay alive', () => {
  const { system, add } = node(AGENT_PID)
  add(1003, AGENT_PARENT)
  add(1004, 1003)
  killDescendants(system)
  expect(system.signals).toEqual(['SIGKILL 1001', 'SIGKILL 1002'])
})

test('in the group of a script only children of the agent are killed', () => {
  const { system, add } = node(AGENT_PARENT)
  add(1003, 1)
  add(1004, AGENT_PARENT)
  killDescendants(system)
  expect(system.signals).toEqual(['SIGKILL 1001', 'SIGKILL 1002'])
})

test('the children of a process that has ended are also killed', () => {
  const { system, add } = node(AGENT_PID)
  const end = system.processes.get(1002)
  system.processes.set(1002, signal => {
    end?.(signal)
    add(1005, 1)
  })
  killDescendants(system)
  expect(system.signals).toContain('SIGKILL 1005')
})

test('one that hangs in the kernel is left behind', () => {
  const { system } = node(AGENT_PID)
  system.processes.set(1002, () => {})
  killDescendants(system)
  expect(system.signals.filter(signal => signal === 'SIGKILL 1002')).toHaveLength(1)
})
