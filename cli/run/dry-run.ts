import { RUN_DIRECTORY } from '../../system/files.ts'
import { commandText } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import type { Print } from './steps.ts'

/**
 * A system that looks as the real one does, and only says what it would change: each command with its node and input, each
 * file. What is not marked as looking counts as a change.
 */
export function dryRun(system: System, print: Print): System {
  const saying = async (line: string) => print(line)
  return {
    ...system,
    run: async (tool, args, options = {}) => {
      if (options.looks) return system.run(tool, args, options)
      const command = commandText(system, tool, args)
      print(command)
      for (const line of (options.input ?? '').split('\n').filter(Boolean)) print(`    ${line}`)
      return { command, status: 0, stdout: '', stderr: '' }
    },
    write: (path, text) => (isScratch(path) ? system.write(path, text) : saying(`write ${path}`)),
    makeDirectory: (path, options) => (isScratch(path) ? system.makeDirectory(path, options) : saying(`mkdir ${path}`)),
    remove: path => (isScratch(path) ? system.remove(path) : saying(`rm ${path}`)),
    removeDirectory: path => saying(`rmdir ${path}`),
    link: (target, path) => saying(`ln -s ${target} ${path}`),
    rename: (from, to) => saying(`mv ${from} ${to}`),
    signal: (pid, signal) => print(`kill -${signal} ${pid}`),
  }
}

/** Copies of the CIB that a change is tried on lie there: no part of the node's state. */
function isScratch(path: string): boolean {
  return path === RUN_DIRECTORY || path.startsWith(`${RUN_DIRECTORY}/`)
}
