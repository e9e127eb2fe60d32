import { type Sections, wordsIn } from '../examine/examination.ts'
import { error, type NodeFinding, warning } from '../examine/finding.ts'
import { MODULES } from '../examine/questions.ts'

/** Missing kernel modules. If all modules of the running kernel are gone, that is one finding. */
export function kernelFindings(examined: Sections): NodeFinding[] {
  const [running = '', ...installed] = wordsIn(examined, 'kernel')
  if (running !== '' && !installed.includes(running)) return [withoutModules(examined, running, installed)]
  const available = wordsIn(examined, 'modules').map(name => name.replaceAll('-', '_'))
  return MODULES.filter(module => !available.includes(module)).map(module =>
    error(
      `the kernel has no module ${module}`,
      'install a kernel that has it: linux-image-amd64, not linux-image-cloud-amd64',
    ),
  )
}

/**
 * For example after an upgrade that has removed the running kernel's package. Loaded modules continue to work; a takeover needs the
 * rest.
 */
function withoutModules(examined: Sections, running: string, installed: readonly string[]): NodeFinding {
  const loaded = wordsIn(examined, 'loaded')
  const missing = MODULES.filter(module => !loaded.includes(module))
  const newest = installed.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1)
  const reboot = 'while it is in standby ("vhacs node --standby")'
  const todo =
    newest === undefined
      ? `install a kernel (apt-get install linux-image-amd64), then reboot the node ${reboot}`
      : `reboot the node into the installed kernel ${newest}, ${reboot}`
  const what = `the modules of the running kernel ${running} are gone from /lib/modules`
  if (missing.length === 0) return warning(`${what}; those that VHACS needs are loaded`, todo)
  return error(`${what}: ${missing.join(', ')} cannot be loaded for a takeover`, todo)
}
