import type { NeededSecret } from '../../../cloud/chap-files.ts'
import { IS_MISSING, secretFileProblems } from '../../../system/nodes/files/secret-files.ts'
import { readable } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { allOf, type Step } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { readSecretFile, removeSecretFile, writeSecretFile } from './secret-file.ts'

/** How to bring secrets to nodes that lack them. */
export interface Completion {
  readonly steps: readonly Step[]
  /** The nodes that need a secret and did not answer. */
  readonly absent: readonly { readonly cloud: string; readonly absent: readonly string[] }[]
}

/**
 * Copies files with secrets to those nodes that lack them, from others that need and have them too. This only reads.
 * @throws RangeError for a file that no node has, or that not only root can read; nothing is changed then.
 */
export async function completeSecrets(
  system: System,
  needed: readonly NeededSecret[],
  isMeant: (node: string) => boolean = () => true,
): Promise<Completion> {
  const faults = await faultsOn(system, needed)
  const problems: string[] = []
  const steps: Step[] = []
  for (const { cloud, file, nodes } of needed) {
    const withFault = (isOne: (fault: string | undefined) => boolean) =>
      nodes.filter(node => faults.has(node) && isOne(faults.get(node)?.get(file)))
    const [source] = withFault(fault => fault === undefined)
    const missing = withFault(fault => fault === IS_MISSING).filter(isMeant)
    const wrong = withFault(fault => fault !== undefined && fault !== IS_MISSING).filter(isMeant)
    problems.push(...wrong.map(node => `${file} ${faults.get(node)?.get(file)} on ${node}: ${repairText(file)} there`))
    if (missing.length === 0) continue
    if (source !== undefined) steps.push(copyStep(system, file, source, missing))
    else problems.push(`no reachable node has the secret of ${cloud}: write it to ${file} on ${missing.join(', ')}`)
  }
  if (problems.length > 0) throw new RangeError(`${[...new Set(problems)].join('; ')}; nothing was changed`)
  const absentFor = (nodes: readonly string[]) => nodes.filter(node => isMeant(node) && !faults.has(node))
  return { steps, absent: needed.map(({ cloud, nodes }) => ({ cloud, absent: absentFor(nodes) })) }
}

/** What to run on a node whose file with a secret is not as the agents want it. */
export function repairText(file: string): string {
  return `run "chown root ${readable(file)}; chmod 600 ${readable(file)}"`
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

/** By node and file, without the nodes that do not answer. Each is asked once. */
async function faultsOn(system: System, needed: readonly NeededSecret[]) {
  const nodes = [...new Set(needed.flatMap(secret => secret.nodes))]
  const answers = nodes.map(async node => {
    const files = needed.filter(secret => secret.nodes.includes(node)).map(({ file }) => file)
    const found = await ifAvailable(secretFileProblems(system, node, [...new Set(files)]))
    return found === undefined ? [] : [[node, found] as const]
  })
  return new Map((await Promise.all(answers)).flat())
}
