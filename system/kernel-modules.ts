import { exists, readLine } from './files.ts'
import { lastOutput, Missing, type System, type Tool, ToolFailed } from './system.ts'

const modprobe: Tool = { name: 'modprobe', package: 'kmod' }

/** A kernel module that is not installed on this node, or that its kernel refuses. */
class ModuleMissing extends Missing {
  constructor(modules: readonly string[], why: string) {
    super(`the kernel modules ${modules.join(', ')} cannot all be loaded: ${why}`)
    this.name = 'ModuleMissing'
  }
}

/**
 * Loads those kernel modules that are not loaded already.
 * @throws ModuleMissing when one cannot be loaded, ToolFailed when modprobe cannot be started for lack of resources.
 */
export async function loadModules(system: System, modules: readonly string[], signal: AbortSignal): Promise<void> {
  const finished = await system.run(modprobe, ['-a', ...modules], { signal })
  if (finished.isUnstarted) throw new ToolFailed(finished)
  if (finished.status !== 0) throw new ModuleMissing(modules, lastOutput(finished))
}

/**
 * Those of the modules that are not loaded, and that cannot be: the running kernel's modules are gone, as after an upgrade that has
 * removed its package. Empty where that is not known. Starts no process.
 */
export function lostModules(system: System, modules: readonly string[]): string[] {
  const release = readLine(system, '/proc/sys/kernel/osrelease')
  if (release === undefined || exists(system, `/lib/modules/${release}/modules.dep`)) return []
  return modules.filter(module => !exists(system, `/sys/module/${module}`))
}
