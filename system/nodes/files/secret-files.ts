import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/** Exit status of stat(1) and sha256sum(1) when one of the files does not exist, or cannot be read. */
const MISSING = 1

const READ_ONLY = { accepted: [0, MISSING], looks: true, timeoutSeconds: 20 } as const

/** What is wrong with files on a node that contain secrets, by path; files that the agents accept are left out. Reads no file. */
export async function secretFileProblems(
  system: System,
  node: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const found = await ownersAndModes(system, node, paths)
  return new Map(
    paths.flatMap(path => {
      const fault = faultOf(found.get(path))
      return fault === undefined ? [] : [[path, fault] as const]
    }),
  )
}

/** What `secretFileProblems` returns for a file that does not exist. */
export const IS_MISSING = 'does not exist'

/** Those of the paths that exist on a node. */
export async function existingFiles(system: System, node: string, paths: readonly string[]): Promise<string[]> {
  const found = await ownersAndModes(system, node, paths)
  return paths.filter(path => found.has(path))
}

/**
 * Digests of such files on a node, by path, to compare them between nodes; those that cannot be read are left out. A weak secret
 * could be guessed from its digest, so digests are not shown either.
 */
export async function secretDigests(
  system: System,
  node: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map()
  const command = ['sha256sum', '--zero', '--', ...paths] as const
  const { stdout } = await runOn(system, node, [...command], { ...READ_ONLY, isSecret: true })
  return parseDigests(stdout)
}

/** The digests in the output of `sha256sum --zero`, by path. */
function parseDigests(text: string): Map<string, string> {
  return new Map(
    text.split('\0').flatMap(entry => {
      const [, digest = '', path] = /^([0-9a-f]{64}) [ *](.+)$/s.exec(entry) ?? []
      return path === undefined ? [] : [[path, digest] as const]
    }),
  )
}

interface OwnerAndMode {
  readonly owner: string | undefined
  readonly mode: string
}

async function ownersAndModes(system: System, node: string, paths: readonly string[]) {
  if (paths.length === 0) return new Map<string, OwnerAndMode>()
  const command = ['stat', '--dereference', '--format=%u %a %n', '--', ...paths] as const
  const { stdout } = await runOn(system, node, [...command], READ_ONLY)
  return new Map<string, OwnerAndMode>(
    [...stdout.matchAll(/^(\d+) (\d+) (.*)$/gm)].map(([, owner, mode = '', path = '']) => [path, { owner, mode }]),
  )
}

function faultOf(file: OwnerAndMode | undefined): string | undefined {
  if (file === undefined) return IS_MISSING
  if (file.owner !== '0') return 'is not owned by root'
  return (Number.parseInt(file.mode, 8) & 0o077) === 0 ? undefined : 'is accessible to users other than its owner'
}
