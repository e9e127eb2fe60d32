import type { Cloud } from '../../../cloud/cloud.ts'
import { VERIFY_ALG, withVerifyAlg } from '../../../cloud/compose/drbd/verify-alg.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { DrbdConfigError, parseDrbdConfig } from '../../../system/drbd/config/syntax.ts'
import { verifyAlgIn } from '../../../system/drbd/config/verify-alg.ts'
import { drbdadmOn } from '../../../system/nodes/drbd/drbdadm.ts'
import { appliedVerifyAlg, hasDigest } from '../../../system/nodes/drbd/verification.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import type { Step, Work } from '../../run/steps.ts'
import { fileChange, replaceStep } from '../settings/resource-files.ts'

/**
 * The steps after which DRBD of both sides can compare them; none where it can already. Two sides that connect with different algorithms
 * disconnect for good. So both files have it before either kernel gets it: a side that is reset in between finds it in its file, and
 * the other one gets it a moment later. While they are connected, the first kernel tells the second.
 * @throws RangeError where the files have different ones, an operator has changed them, or a kernel lacks the checksum.
 */
export async function algorithmSteps(work: Work, cloud: Cloud): Promise<Step[]> {
  const { system } = work
  const { name, storageNodes } = cloud
  const [configured, applied] = await Promise.all([
    Promise.all(storageNodes.map(node => configuredAlg(system, node, name))),
    Promise.all(storageNodes.map(node => appliedVerifyAlg(system, node, name))),
  ])
  // neither file has it, but both kernels: so the common section of DRBD's configuration does
  const common = configured.every(found => found === undefined) && isSame(applied) ? applied[0] : undefined
  if (common !== undefined) return []
  const algorithm = theOneOf(configured, storageNodes) ?? VERIFY_ALG
  const isEverywhere = (found: readonly (string | undefined)[]) => found.every(one => one === algorithm)
  if (isEverywhere(configured) && isEverywhere(applied)) return []
  await requireDigest(system, storageNodes, algorithm)
  const adjust = async () => {
    for (const node of storageNodes) await drbdadmOn(system, node, ['adjust', name])
  }
  const apply: Step = { name: `applying it to DRBD on ${storageNodes.join(' and ')}`, run: adjust }
  if (isEverywhere(configured))
    return [{ ...apply, name: `applying verify-alg of ${name} to DRBD on ${storageNodes.join(' and ')}` }]
  const change = await fileChange(system, cloud, {
    changed: text => withVerifyAlg(text, algorithm),
    advice: `add "verify-alg ${algorithm};" to its net section on both nodes, then run "drbdadm adjust ${name}" on both`,
  })
  return [replaceStep(work, change, { writing: `verify-alg ${algorithm}`, afterUndo: adjust }), apply]
}

function isSame(found: readonly (string | undefined)[]): boolean {
  return new Set(found).size === 1
}

/** The algorithm in the file of a resource; undefined where it has none. */
async function configuredAlg(system: System, node: string, name: string): Promise<string | undefined> {
  const { stdout } = await runOn(system, node, ['cat', '--', resourceFile(name)], { looks: true, isSecret: true })
  try {
    const resource = parseDrbdConfig(stdout, resourceFile(name)).find(({ words }) => words[1] === name)
    return resource && verifyAlgIn(resource)
  } catch (error) {
    if (error instanceof DrbdConfigError) throw new RangeError(`${node}: ${error.message}`, { cause: error })
    throw error
  }
}

/** The algorithm that the files have, or the one of them that has any: an earlier call may have been killed in between. */
function theOneOf(configured: readonly (string | undefined)[], nodes: readonly string[]): string | undefined {
  const [first, ...others] = new Set(configured.filter(found => found !== undefined))
  if (others.length === 0) return first
  const each = configured.map((found, index) => `${found} on ${nodes[index]}`)
  throw new RangeError(`verify-alg is ${each.join(', but ')}: set the same in both files`)
}

async function requireDigest(system: System, nodes: readonly string[], algorithm: string): Promise<void> {
  for (const node of nodes)
    if (!(await hasDigest(system, node, algorithm)))
      throw new RangeError(
        `the kernel of ${node} cannot compute ${algorithm}: it has no module crypto-${algorithm} (see "modinfo crypto-${algorithm}")`,
      )
}
