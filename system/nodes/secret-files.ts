import type { System } from '../system.ts'
import { runOn } from './ssh.ts'

/** Exit status of stat(1) when one of the files does not exist. */
const MISSING = 1

/**
 * What is wrong with files on a node that contain secrets, by path; those that the agents accept are left out. No file is read.
 */
export async function secretFileProblems(
  system: System,
  node: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const { stdout } = await runOn(system, node, ['stat', '--dereference', '--format=%u %a %n', '--', ...paths], {
    accepted: [0, MISSING],
    looks: true,
    timeoutSeconds: 20,
  })
  const found = new Map(
    [...stdout.matchAll(/^(\d+) (\d+) (.*)$/gm)].map(([, owner, mode = '', path = '']) => [path, { owner, mode }]),
  )
  return new Map(
    paths.flatMap(path => {
      const fault = faultOf(found.get(path))
      return fault === undefined ? [] : [[path, fault] as const]
    }),
  )
}

function faultOf(file: { readonly owner: string | undefined; readonly mode: string } | undefined): string | undefined {
  if (file === undefined) return 'does not exist'
  if (file.owner !== '0') return 'is not owned by root'
  return (Number.parseInt(file.mode, 8) & 0o077) === 0 ? undefined : 'is accessible to users other than its owner'
}
