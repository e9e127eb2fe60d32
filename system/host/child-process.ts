import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { isSea } from 'node:sea'
import { Readable } from 'node:stream'
import type { System } from '../system.ts'
import { killDescendants } from './kill-descendants.ts'
import { PARENT_VARIABLE, processStartMilliseconds, REPORTS, type Report } from './parent-process.ts'

/**
 * Starts this program again, as a child under the same name. Its stderr goes to `writeError`; it has no stdout. A System does not
 * run it, unlike a tool: it must be able to outlive its parent, and reports on a pipe of its own.
 * @throws Error when the node cannot create a process.
 */
export async function startChild(
  name: string,
  args: readonly string[],
  { environment, writeError, system }: ChildOptions,
) {
  // the executable adds Node's options itself; passed here, they would be arguments
  const script = isSea() ? [] : [...process.execArgv, ...process.argv.slice(1, 2)]
  // not execPath: a new version may be replacing that file
  const child = spawn('/proc/self/exe', [...script, ...args], {
    argv0: name,
    env: { ...environment, [PARENT_VARIABLE]: `${process.pid} ${processStartMilliseconds()}` },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  })
  await once(child, 'spawn')
  child.stderr?.setEncoding('utf8').on('data', writeError)
  const reports = child.stdio[REPORTS]
  return {
    onReport: (listener: (report: Report) => void) => {
      if (reports instanceof Readable)
        createInterface({ input: reports }).on('line', line => listener(JSON.parse(line)))
    },
    ended: new Promise<number | undefined>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', code => resolve(code ?? undefined))
    }),
    requestExit: () => {
      child.stdin?.destroy()
    },
    kill: () => {
      child.kill('SIGKILL')
      killDescendants(system)
    },
  }
}

interface ChildOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly writeError: (text: string) => void
  readonly system: System
}
