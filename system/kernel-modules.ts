import { lastOutput, Missing, type System, type Tool, ToolFailed } from './system.ts'

const modprobe: Tool = { name: 'modprobe', package: 'kmod' }

/** A kernel module that this node does not have, or that its kernel refuses. */
export class ModuleMissing extends Missing {
  constructor(modules: readonly string[], why: string) {
    super(`the kernel modules ${modules.join(', ')} cannot all be loaded: ${why}`)
    this.name = 'ModuleMissing'
  }
}

/**
 * Loads kernel modules; those that are loaded already are none the worse.
 * @throws ModuleMissing when one cannot be loaded, ToolFailed when the node has no process for that.
 */
export async function loadModules(system: System, modules: readonly string[], signal: AbortSignal): Promise<void> {
  const finished = await system.run(modprobe, ['-a', ...modules], { signal })
  if (finished.isUnstarted) throw new ToolFailed(finished)
  if (finished.status !== 0) throw new ModuleMissing(modules, lastOutput(finished))
}
