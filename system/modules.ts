import { lastWords, Missing, runToSuccess, type System, type Tool } from './system.ts'

const modprobe: Tool = { name: 'modprobe', package: 'kmod' }
export const mount: Tool = { name: 'mount', package: 'mount' }

/** A kernel module that this node does not have, or that its kernel refuses. */
export class ModuleMissing extends Missing {
  constructor(modules: readonly string[], why: string) {
    super(`the kernel modules ${modules.join(', ')} cannot all be loaded: ${why}`)
    this.name = 'ModuleMissing'
  }
}

/**
 * Loads kernel modules; those that are loaded already are none the worse.
 * @throws ModuleMissing when one cannot be loaded.
 */
export async function loadModules(system: System, modules: readonly string[], signal: AbortSignal): Promise<void> {
  const finished = await system.run(modprobe, ['-a', ...modules], { signal })
  if (finished.status !== 0) throw new ModuleMissing(modules, lastWords(finished))
}

/** Shows the kernel's objects below /sys/kernel/config. @throws ToolFailed */
export async function mountConfigfs(system: System, signal: AbortSignal): Promise<void> {
  await runToSuccess(system, mount, ['-t', 'configfs', 'configfs', '/sys/kernel/config'], { signal })
}
