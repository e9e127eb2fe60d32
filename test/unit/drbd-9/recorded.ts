import { readFileSync } from 'node:fs'
import type { FakeSystem } from '../../fake/system.ts'
import { block } from '../../fake/tree.ts'

const read = (file: string) => readFileSync(new URL(`../../fixtures/drbd/9.3.3/${file}`, import.meta.url), 'utf8')

/** /proc/drbd of DRBD 9.3.3, whatever is up. */
export const PROC_DRBD = read('proc-drbd.txt')

/** No recorded state, but a module without a resource. */
export const NOTHING_UP = 'nothing'

/** `drbdsetup status --json` of a recorded state, as that of a resource c0 whose minors begin at 0. */
export function recorded(state: string): string {
  if (state === NOTHING_UP) return '[\n]\n\n'
  const text = read(`${state}.json`)
  const first = Number(/"minor": (\d+)/.exec(text)?.[1])
  return text
    .replace(/^ {2}"name": "[\w-]+"/m, '  "name": "c0"')
    .replaceAll(/"minor": (\d+)/g, (_, minor) => `"minor": ${Number(minor) - first}`)
}

/** Loads DRBD 9 into a node, in a recorded state. */
export function showRecorded(system: FakeSystem, state: string): void {
  system.put('/proc/drbd', PROC_DRBD)
  system.put('/sys/block/drbd0/dev', '147:0\n')
  system.put('/dev/drbd0', block('147:0'))
  const before = system.tools.get('drbdsetup')
  system.tools.set('drbdsetup', (args, options) =>
    args[0] === 'status' ? { status: 0, stdout: recorded(state) } : (before?.(args, options) ?? 20),
  )
}

/** What is expected of each state, by its name (test/fixtures/drbd/9.3.3/outcomes.txt). */
export const outcomes: ReadonlyMap<string, string> = new Map(
  read('outcomes.txt')
    .trimEnd()
    .split('\n\n')
    .map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
)
