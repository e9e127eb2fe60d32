import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { isSea } from 'node:sea'
import { Readable } from 'node:stream'
import { PARENT_VARIABLE, REPORTS, type Report } from './supervising-parent.ts'

/**
 * Starts this very program again, as a child under the same name. What it writes to stderr goes to `writeError`; it has no
 * stdout. No tool of the node, so not run by a System: it must be able to outlive its parent, and reports on a pipe of its own.
 */
export function startChild(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  writeError: (text: string) => void,
) {
  const script = isSea() ? [] : process.argv.slice(1, 2)
  // not execPath: a new version may just be taking its place
  const child = spawn('/proc/self/exe', [...process.execArgv, ...script, ...args], {
    argv0: name,
    env: { ...environment, [PARENT_VARIABLE]: String(process.pid) },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  })
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
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}
