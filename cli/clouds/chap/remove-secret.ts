import { generatedSecretFile, secretFilesOf } from '../../../cloud/chap-files.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { draftOf } from '../../../system/nodes/private-files.ts'
import { existingFiles } from '../../../system/nodes/secret-files.ts'
import type { System } from '../../../system/system.ts'
import { allOf, type Step } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { removeSecretFile } from './secret-file.ts'

/** How to remove the secret of a cloud that is destroyed. */
export interface SecretRemoval {
  /** None where the secret is an operator's, another cloud uses it too, or there is none. */
  readonly steps: readonly Step[]
  /** What cannot be removed, for the operator. */
  readonly left: readonly string[]
}

/**
 * Finds the secret that was generated for a cloud on those nodes that may have it. A vhost that is unreachable does not keep a cloud
 * from being destroyed.
 */
export async function findSecret(
  system: System,
  { name, chap }: Pick<Cloud, 'name' | 'chap'>,
  { nodes, usedSecrets }: { readonly nodes: readonly string[]; readonly usedSecrets: readonly string[] },
): Promise<SecretRemoval> {
  const file = generatedSecretFile(name)
  if (!secretFilesOf(chap).includes(file) || usedSecrets.includes(file)) return { steps: [], left: [] }
  const answers = await Promise.all(
    nodes.map(async node => {
      const found = await ifAvailable(existingFiles(system, node, [file, draftOf(file)]))
      return { node, found }
    }),
  )
  const having = answers.flatMap(({ node, found }) => (found !== undefined && found.length > 0 ? [node] : []))
  const unknown = answers.flatMap(({ node, found }) => (found === undefined ? [node] : []))
  const step = {
    name: `removing the CHAP secret of ${name} from ${having.join(', ')}`,
    run: () => allOf(having.map(node => removeSecretFile(system, node, file))),
  }
  return {
    steps: having.length > 0 ? [step] : [],
    left: unknown.map(node => `${node} could not be asked and may still have ${file}: remove it there`),
  }
}
