import { RUN_DIRECTORY } from '../../system/files.ts'
import { commandText } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import { shownLines, streamText } from './shown-lines.ts'
import type { Print } from './steps.ts'

/**
 * A system that reads like the real one, and prints changes instead of making them: each command with its node and input, each
 * file. A command counts as a change unless it is marked as read-only (`looks`).
 */
export function dryRun(system: System, print: Print): System {
  const report = async (line: string) => print(line)
  // contains the copies of the CIB that changes are tried on, which are not part of the node's state
  const scratch = [RUN_DIRECTORY]
  const isScratch = (path: string) => scratch.some(directory => path === directory || path.startsWith(`${directory}/`))
  return {
    ...system,
    run: async (tool, args, options = {}) => {
      if (options.looks) return system.run(tool, args, options)
      const command = commandText(system, tool, args)
      print(command)
      for (const line of shownLines(options.input ?? '', options)) print(`    ${line}`)
      return { command, status: 0, stdout: '', stderr: '' }
    },
    stream: async function* (tool, args, options) {
      if (options.looks) return yield* system.stream(tool, args, options)
      const command = streamText(system, tool, args, options)
      print(command)
      return { command, status: 0, stdout: '', stderr: '' }
    },
    runAtTerminal: async (tool, args, options) => {
      print(streamText(system, tool, args, options))
      return 0
    },
    write: (path, text) => (isScratch(path) ? system.write(path, text) : report(`write ${path}`)),
    createFile: path => report(`write ${path}`),
    makeDirectory: (path, options) => (isScratch(path) ? system.makeDirectory(path, options) : report(`mkdir ${path}`)),
    makeScratchDirectory: async prefix => {
      const made = await system.makeScratchDirectory(prefix)
      scratch.push(made)
      return made
    },
    remove: path => (isScratch(path) ? system.remove(path) : report(`rm ${path}`)),
    removeDirectory: path => (isScratch(path) ? system.removeDirectory(path) : report(`rmdir ${path}`)),
    link: (target, path) => report(`ln -s ${target} ${path}`),
    rename: (from, to) => report(`mv ${from} ${to}`),
    signal: (pid, signal) => print(`kill -${signal} ${pid}`),
  }
}
