import { type Sections, wordsIn } from '../examine/examination.ts'
import { error, type NodeFinding, warning } from '../examine/finding.ts'
import { MODULES } from '../examine/questions.ts'

type Module = (typeof MODULES)[number]

/** Kernel modules that are missing. Where all of the running kernel's are gone, they are one finding. */
export function kernelFindings(examined: Sections): NodeFinding[] {
  const [running = '', ...installed] = wordsIn(examined, 'kernel')
  if (running !== '' && !installed.includes(running)) return [withoutModules(examined, running)]
  const available = modulesIn(wordsIn(examined, 'modules'))
  return MODULES.filter(module => !available.includes(module)).map(module => {
    const other = newestWith(examined, [module])
    const todo =
      other === undefined
        ? 'install a kernel that has it: linux-image-amd64, not linux-image-cloud-amd64'
        : `reboot the node into the installed kernel ${other}, which has it, ${IN_STANDBY}`
    return error(`the kernel has no module ${module}`, todo)
  })
}

/** As after an upgrade that has removed the running kernel's package. What is loaded works on; the rest is for a takeover. */
function withoutModules(examined: Sections, running: string): NodeFinding {
  const loaded = wordsIn(examined, 'loaded')
  const missing = MODULES.filter(module => !loaded.includes(module))
  const other = newestWith(examined, MODULES)
  const todo =
    other === undefined
      ? `install a kernel (apt-get install linux-image-amd64), then reboot the node ${IN_STANDBY}`
      : `reboot the node into the installed kernel ${other}, ${IN_STANDBY}`
  const what = `the modules of the running kernel ${running} are gone from /lib/modules`
  if (missing.length === 0) return warning(`${what}; those that VHACS needs are loaded`, todo)
  return error(`${what}: ${missing.join(', ')} cannot be loaded for a takeover`, todo)
}

const IN_STANDBY = 'while it is in standby ("vhacs node --standby")'

/** The newest of the other installed kernels that have these modules. */
function newestWith({ sections }: Sections, wanted: readonly Module[]): string | undefined {
  const kernels = (sections.get('kernels') ?? '').split('\n').map(line => line.split(/\s+/))
  const fit = kernels.flatMap(([version = '', ...modules]) =>
    wanted.every(module => modulesIn(modules).includes(module)) ? [version] : [],
  )
  return fit.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1)
}

/** The kernel takes a dash in the name of a module for an underscore. */
function modulesIn(names: readonly string[]): string[] {
  return names.map(name => name.replaceAll('-', '_'))
}
