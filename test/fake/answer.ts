import type { RunOptions } from '../../system/system.ts'
import type { FakeSystem, FakeTool } from './system.ts'

/**
 * Calls of a tool: those with all these words among their arguments, such as `iscsiadm --login`; with a number, only from
 * that call on: `drbdsetup status #2`.
 */
export type Calls = string

/** A tool that can also behave as usual. */
export type Answer = (args: readonly string[], options: RunOptions, usual: FakeTool) => ReturnType<FakeTool>

/** Replaces the result of these calls; the others behave as usual. */
export function answer({ tools }: FakeSystem, calls: Calls, fake: Answer): void {
  const { tool, words, first } = parse(calls)
  const usual = tools.get(tool)
  if (usual === undefined) throw new Error(`no ${tool} on this node`)
  let count = 0
  tools.set(tool, (args, options) => {
    if (hasAll(words, args)) count += 1
    return hasAll(words, args) && count >= first ? fake(args, options, usual) : usual(args, options)
  })
}

/** Whether such calls are among the commands. */
export function wereMade(commands: FakeSystem['commands'], calls: Calls): boolean {
  const { tool, words, first } = parse(calls)
  return commands.filter(([name, ...args]) => name === tool && hasAll(words, args)).length >= first
}

export function toolOf(calls: Calls): string {
  return parse(calls).tool
}

function parse(calls: Calls): { tool: string; words: string[]; first: number } {
  const [tool = '', ...rest] = calls.split(' ')
  const number = rest.find(word => /^#\d+$/.test(word))
  return { tool, words: rest.filter(word => word !== number), first: Number(number?.slice(1) ?? 1) }
}

function hasAll(words: readonly string[], args: readonly string[]): boolean {
  return words.every(word => args.includes(word))
}
