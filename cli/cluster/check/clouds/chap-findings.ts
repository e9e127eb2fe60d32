import { generatedSecretFile, type NeededSecret, neededSecrets } from '../../../../cloud/chap-files.ts'
import { vhostsAmong } from '../../../../cloud/node-attributes.ts'
import { IS_MISSING, secretDigests, secretFileProblems } from '../../../../system/nodes/files/secret-files.ts'
import { readable } from '../../../../system/nodes/ssh.ts'
import type { System } from '../../../../system/system.ts'
import { differenceTodo, repairText } from '../../../clouds/chap/complete-secrets.ts'
import { ifAvailable } from '../../../run/unavailable.ts'
import { type Examination, wordsIn } from '../../examine/examination.ts'
import { error, type Finding, warning } from '../../examine/finding.ts'
import type { Evidence } from '../evidence.ts'
import { sharedNetworkFindings } from './shared-network.ts'

/** The secret files of a node. */
interface Files {
  readonly node: string
  /** The faults, by path. */
  readonly faults: ReadonlyMap<string, string>
  /** By path, for files without a fault. */
  readonly digests: ReadonlyMap<string, string>
}

/** Storages with CHAP that a node could not start because a secret is missing, and storages without CHAP in a shared network. */
export async function chapFindings(
  system: System,
  evidence: Pick<Evidence, 'cib' | 'cluster' | 'examinations'>,
): Promise<Finding[]> {
  const { cluster, examinations } = evidence
  const needed = neededSecrets(cluster.clouds, vhostsAmong(cluster.nodes))
  const files = await filesOn(
    system,
    examinations.map(({ node }) => node),
    needed,
  )
  return [
    ...needed.flatMap(secret => [...faultFindings(secret, files), ...differenceFindings(secret, files)]),
    ...examinations.flatMap(examined => straySecrets(examined, evidence)),
    ...sharedNetworkFindings(evidence),
  ]
}

function faultFindings({ cloud, file, nodes }: NeededSecret, files: readonly Files[]): Finding[] {
  const needing = files.filter(({ node }) => nodes.includes(node))
  const isNowhere = needing.every(({ faults }) => faults.get(file) === IS_MISSING)
  return needing.flatMap(({ node, faults }) => {
    const fault = faults.get(file)
    if (fault === undefined) return []
    const what = `${file}, the CHAP secret of ${cloud}, ${fault}: ${cloud} cannot start here`
    if (fault !== IS_MISSING) return [error(what, repairText(file), node)]
    const write = `write the secret to it on ${nodes.join(', ')}, as the only line, owned by root with mode 600`
    return [error(what, isNowhere ? write : `vhacs storage --setchap ${cloud} (copies it; I/O continues)`, node)]
  })
}

/** No finding contains a secret, or its digest. */
function differenceFindings({ cloud, file, nodes }: NeededSecret, files: readonly Files[]): Finding[] {
  const known = files.filter(({ node, digests }) => nodes.includes(node) && digests.has(file))
  const groups = Map.groupBy(known, ({ digests }) => digests.get(file))
  if (groups.size < 2) return []
  const places = [...groups.values()].map(group => group.map(({ node }) => node).join(', '))
  const what = `${file}, the CHAP secret of ${cloud}, is not the same on ${places.join(' and on ')}: it cannot be logged in to after a failover`
  return [error(what, differenceTodo(cloud))]
}

/** Secrets that a killed creation or "--setchap" has left, or a destruction that did not reach the node. */
function straySecrets(examined: Examination, { cib }: Pick<Evidence, 'cib'>): Finding[] {
  return (
    wordsIn(examined, 'secrets')
      .map(generatedSecretFile)
      // any reference counts, including one of an incomplete storage
      .filter(file => !cib.includes(`"${file}"`))
      .map(file =>
        warning(
          `${file} is the secret of no storage`,
          `if no creation is in progress: rm ${readable(file)}`,
          examined.node,
        ),
      )
  )
}

/** Nodes that cannot be queried are left out; the reason is a finding of its own. */
async function filesOn(system: System, names: readonly string[], needed: readonly NeededSecret[]): Promise<Files[]> {
  const answers = names.map(async (node): Promise<Files[]> => {
    const paths = [...new Set(needed.filter(({ nodes }) => nodes.includes(node)).map(({ file }) => file))]
    if (paths.length === 0) return []
    const faults = await ifAvailable(secretFileProblems(system, node, paths))
    if (faults === undefined) return []
    const good = paths.filter(path => !faults.has(path))
    return [{ node, faults, digests: (await ifAvailable(secretDigests(system, node, good))) ?? new Map() }]
  })
  return (await Promise.all(answers)).flat()
}
