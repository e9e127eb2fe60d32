import childProcess from 'node:child_process'
import { createRequire } from 'node:module'

type MakeWithNode = (script: string, options: object) => Promise<void>

/** V8 writes its tables in an order that depends on a random seed; code caches are accepted whatever the seed was. */
export const REPEATABLE = '--random-seed=1'

/**
 * pkg's sea(), which calls Node.js to write the script and its code cache: here in a directory, so that paths in its configuration
 * may be relative, and with a fixed seed, so that the same script gives the same bytes. pkg has no option for either. To be called
 * once in a process: pkg keeps the directory of the first call.
 */
export function loadRepeatableSea(directory: string): MakeWithNode {
  const { execFile } = childProcess
  const repeatable = (file: string, args: readonly string[], callback: (error: Error | null) => void) =>
    execFile(file, [REPEATABLE, ...args], { cwd: directory, env: {} }, callback)
  Object.assign(childProcess, { execFile: repeatable })
  try {
    // pkg reads execFile when it is loaded
    const { default: sea } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js')
    return sea
  } finally {
    Object.assign(childProcess, { execFile })
  }
}
