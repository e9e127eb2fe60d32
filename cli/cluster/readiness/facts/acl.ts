import type { Cloud } from '../../../../cloud/cloud.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'

/** A vhost's initiator that is not in the ACL of some of these clouds. */
export function aclFindings(
  initiator: string | undefined,
  clouds: readonly Pick<Cloud, 'name' | 'initiators'>[],
  node: string,
): NodeFinding[] {
  const refusing = clouds.filter(({ initiators }) => initiator !== undefined && !initiators.includes(initiator))
  if (refusing.length === 0) return []
  const names = refusing.map(({ name }) => name).join(', ')
  const what = `its initiator ${initiator} is not in the ACL of ${names}`
  return [error(what, `run "vhacs node --setrole vhost ${node} --interrupt": I/O is paused while the exports restart`)]
}
