import { generatedSecretFile, secretFilesOf } from '../../../cloud/chap-files.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { draftOf } from '../../../system/nodes/files/private-files.ts'
import { existingFiles } from '../../../system/nodes/files/secret-files.ts'
import type { System } from '../../../system/system.ts'
import { allOf, type Step } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { removeSecretFile } from './secret-file.ts'

/** The removal of the secret of a cloud that is destroyed. */
export interface SecretRemoval {
  /** No steps if the secret is an operator's, if another cloud also uses it, or if there is none. */
  readonly steps: readonly Step[]
  /** What cannot be removed, for the operator. */
  readonly left: readonly string[]
}

interface Places {
  /** The storage nodes from which the data are removed. */
  readonly storageNodes: readonly string[]
  /** The nodes of the cluster. */
  readonly nodes: readonly string[]
  /** Files with secrets that other clouds use too. */
  readonly usedSecrets: readonly string[]
}

/**
 * Plans the removal of the secret that was generated for a cloud. An unreachable node does not prevent a cloud from being
 * destroyed.
 */
export async function secretRemoval(
  system: System,
  { name, chap }: Pick<Cloud, 'name' | 'chap'>,
  { storageNodes, nodes, usedSecrets }: Places,
): Promise<SecretRemoval> {
  const file = generatedSecretFile(name)
  if (!secretFilesOf(chap).includes(file) || usedSecrets.includes(file)) return { steps: [], left: [] }
  const answers = await Promise.all(
    nodes
      .filter(node => !storageNodes.includes(node))
      .map(async node => ({ node, found: await ifAvailable(existingFiles(system, node, [file, draftOf(file)])) })),
  )
  const having = answers.flatMap(({ node, found }) => (found !== undefined && found.length > 0 ? [node] : []))
  const unknown = answers.flatMap(({ node, found }) => (found === undefined ? [node] : []))
  const places = [...storageNodes, ...having]
  const step = {
    name: `removing the CHAP secret of ${name} from ${places.join(', ')}`,
    run: () => allOf(places.map(node => removeSecretFile(system, node, file))),
  }
  return {
    steps: places.length > 0 ? [step] : [],
    left: unknown.map(node => `${node} is unreachable and may still have ${file}: remove it there`),
  }
}
