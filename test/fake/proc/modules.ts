import type { FakeSystem } from '../system.ts'

/**
 * modprobe(8) with these modules: each is loaded by its function here. With -a it continues after a module that it does not find,
 * and fails at the end; without, what follows the first name are that module's parameters.
 */
export function modules(system: FakeSystem, known: Readonly<Record<string, () => void>>): void {
  system.tools.set('modprobe', args => {
    const names = args[0] === '-a' ? args.slice(1) : args.slice(0, 1)
    const unknown = names.filter(name => !Object.hasOwn(known, name))
    for (const name of names) known[name]?.()
    const words = unknown.map(name => `modprobe: FATAL: Module ${name} not found in directory /lib/modules/6.1.0\n`)
    return { status: unknown.length === 0 ? 0 : 1, stderr: words.join('') }
  })
}
