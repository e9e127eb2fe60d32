import { commandText } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import { shownLines, streamText } from './shown-lines.ts'
import type { Print } from './steps.ts'

/**
 * A system that reports the commands it runs: at level 1 with node, status and duration, at level 2 also with input and output.
 * Commands take no secrets as arguments; secrets in input and output are masked.
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
    stream: async function* (tool, args, options) {
      const begun = system.now()
      const finished = yield* system.stream(tool, args, options)
      const seconds = ((system.now() - begun) / 1000).toFixed(1)
      printError(`${streamText(system, tool, args, options)} [${finished.status ?? 'killed'}, ${seconds} s]`)
      return finished
    },
    runAtTerminal: async (tool, args, options) => {
      const begun = system.now()
      const status = await system.runAtTerminal(tool, args, options)
      const seconds = ((system.now() - begun) / 1000).toFixed(1)
      printError(`${streamText(system, tool, args, options)} [${status}, ${seconds} s]`)
      return status
    },
  }
}
