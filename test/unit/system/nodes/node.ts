import { type FakeSystem, fakeSystem, type ToolResult } from '../../../fake/system.ts'

/** This node, named `here`, on which the tools give these results; others are not installed. */
export function here(results: Readonly<Record<string, ToolResult | string>>): FakeSystem {
  const system = fakeSystem({ '/proc/sys/kernel/hostname': 'here\n' })
  system.tools.set('env', ([tool = '']) => {
    const result = results[tool] ?? 127
    return typeof result === 'string' ? { status: 0, stdout: result } : result
  })
  return system
}
