import type { NeededSecret } from '../../../cloud/chap-files.ts'
import { IS_MISSING, secretDigests, secretFileProblems } from '../../../system/nodes/files/secret-files.ts'
import { readable } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { allOf, type Step } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { readSecretFile, removeSecretFile, writeSecretFile } from './secret-file.ts'

/** Steps that copy secrets to nodes that lack them. */
export interface Completion {
  readonly steps: readonly Step[]
  /** The nodes that need a secret and are unreachable. */
  readonly absent: readonly { readonly cloud: string; readonly absent: readonly string[] }[]
}

/**
 * Plans the copies of secret files to the nodes that lack them, from other nodes that also need them. Reads only.
 * @throws RangeError for a file that no node has, that users other than root can read, or whose secret differs between nodes, for
 * example because it belongs to an earlier storage of the same name.
 */
export async function completeSecrets(
  system: System,
  needed: readonly NeededSecret[],
  isMeant: (node: string) => boolean = () => true,
): Promise<Completion> {
  const found = await filesOn(system, needed)
  const problems: string[] = []
  const steps: Step[] = []
  for (const { cloud, file, nodes } of needed) {
    const faultOf = (node: string) => found.get(node)?.faults.get(file)
    const withFault = (isOne: (fault: string | undefined) => boolean) =>
      nodes.filter(node => found.has(node) && isOne(faultOf(node)))
    const [source = '', ...others] = withFault(fault => fault === undefined)
    const missing = withFault(fault => fault === IS_MISSING).filter(isMeant)
    const wrong = withFault(fault => fault !== undefined && fault !== IS_MISSING).filter(isMeant)
    problems.push(...wrong.map(node => `${file} ${faultOf(node)} on ${node}: ${repairText(file)} there`))
    const digestOn = (node: string) => found.get(node)?.digests.get(file)
    const different = others.filter(node => isMeant(node) && digestOn(node) !== digestOn(source))
    if (different.length > 0)
      problems.push(`${file} has another secret on ${different.join(', ')} than on ${source}: ${differenceTodo(cloud)}`)
    if (missing.length === 0) continue
    if (source !== '') steps.push(copyStep(system, file, source, missing))
    else problems.push(`no reachable node has the secret of ${cloud}: write it to ${file} on ${missing.join(', ')}`)
  }
  if (problems.length > 0) throw new RangeError(`${[...new Set(problems)].join('; ')}; nothing was changed`)
  const absentFor = (nodes: readonly string[]) => nodes.filter(node => isMeant(node) && !found.has(node))
  return { steps, absent: needed.map(({ cloud, nodes }) => ({ cloud, absent: absentFor(nodes) })) }
}

/** The commands for a node whose secret file does not meet the agents' requirements. */
export function repairText(file: string): string {
  return `run "chown root ${readable(file)}; chmod 600 ${readable(file)}"`
}

/** What to do where nodes have different secrets of a cloud. */
export function differenceTodo(cloud: string): string {
  return `copy it with "scp -p" from the node on which ${cloud} is exported to the others`
}

function copyStep(system: System, file: string, source: string, nodes: readonly string[]): Step {
  return {
    name: `copying ${file} from ${source} to ${nodes.join(', ')}`,
    run: async () => {
      const text = await readSecretFile(system, source, file)
      await allOf(nodes.map(node => writeSecretFile(system, node, file, text)))
    },
    undo: () => allOf(nodes.map(node => removeSecretFile(system, node, file))),
  }
}

interface Files {
  /** The faults, by path. */
  readonly faults: ReadonlyMap<string, string>
  /** By path, for files without a fault. */
  readonly digests: ReadonlyMap<string, string>
}

/** By node, without unreachable nodes. */
async function filesOn(system: System, needed: readonly NeededSecret[]): Promise<Map<string, Files>> {
  const nodes = [...new Set(needed.flatMap(secret => secret.nodes))]
  const answers = nodes.map(async node => {
    const paths = [...new Set(needed.filter(secret => secret.nodes.includes(node)).map(({ file }) => file))]
    const found = await ifAvailable(filesAt(system, node, paths))
    return found === undefined ? [] : [[node, found] as const]
  })
  return new Map((await Promise.all(answers)).flat())
}

async function filesAt(system: System, node: string, paths: readonly string[]): Promise<Files> {
  const faults = await secretFileProblems(system, node, paths)
  const good = paths.filter(path => !faults.has(path))
  return { faults, digests: await secretDigests(system, node, good) }
}
