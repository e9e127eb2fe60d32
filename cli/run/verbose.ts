import { commandText } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import { shownLines } from './shown-lines.ts'
import type { Print } from './steps.ts'

/**
 * A system that reports what it runs: from level 1 on each command with its node, status and duration, from level 2 on its
 * input and output too. Commands take no secrets as arguments; those in input and output are masked.
 * @throws RangeError for an unknown level.
 */
export function verbose(system: System, level: string, printError: Print): System {
  if (!/^[0-2]$/.test(level)) throw new RangeError(`--verbosity: expected 0, 1 or 2, got "${level}"`)
  if (level === '0') return system
  return {
    ...system,
    run: async (tool, args, options) => {
      const begun = system.now()
      const finished = await system.run(tool, args, options)
      const seconds = ((system.now() - begun) / 1000).toFixed(1)
      printError(`${commandText(system, tool, args)} [${finished.status ?? 'killed'}, ${seconds} s]`)
      if (level === '2') {
        for (const [mark, text] of [
          ['<', options?.input ?? ''],
          ['>', finished.stdout],
          ['!', finished.stderr],
        ] as const)
          for (const line of shownLines(text, options)) printError(`  ${mark} ${line}`)
      }
      return finished
    },
  }
}
