import type { ClusterNode } from '../../../cloud/cib/read/nodes.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { rolesIn } from '../../../cloud/node-attributes.ts'
import { DEFAULT_VOLUME_GROUP } from '../../../cloud/volume-group.ts'
import { type Examination, wordsIn } from '../examine/examination.ts'
import { error, type Finding, type NodeFinding, onNode } from '../examine/finding.ts'
import { timeServiceFindings } from './clock-findings.ts'
import { nameFindings } from './name-findings.ts'
import { settingFindings } from './setting-findings.ts'
import { softwareFindings } from './software-findings.ts'

/** The roles of the nodes, and the storages that they have or will have. */
export interface Purpose {
  readonly nodes: readonly Pick<ClusterNode, 'name' | 'attributes'>[]
  readonly clouds: readonly Cloud[]
}

/** Faults that make a node unfit for any cluster. That it cannot reach a node in `down` is not a finding. */
export function fitnessFindings(examined: Examination, purpose: Purpose, down: readonly string[] = []): Finding[] {
  return onNode(examined.node, [
    ...softwareFindings(examined),
    ...settingFindings(examined),
    ...nameFindings(examined, down),
    ...timeServiceFindings(examined),
    ...volumeGroupFindings(examined, purpose),
  ])
}

/** A storage node needs the volume groups of its storages, or the one for new storages when it has none. */
function volumeGroupFindings(examined: Examination, { nodes, clouds }: Purpose): NodeFinding[] {
  const { node } = examined
  const attributes = nodes.find(({ name }) => name === node)?.attributes ?? {}
  if (!rolesIn(attributes).includes('storage')) return []
  const ours = clouds.filter(({ storageNodes }) => storageNodes.includes(node))
  const needed = new Set(ours.length > 0 ? ours.map(({ volumeGroup }) => volumeGroup) : [DEFAULT_VOLUME_GROUP])
  const existing = wordsIn(examined, 'groups')
  return [...needed]
    .filter(group => !existing.includes(group))
    .map(group =>
      error(
        `has the storage role, but no volume group ${group}`,
        `create it ("vgcreate ${group} DISK"), or remove the role ("vhacs node --delrole storage ${node}")`,
      ),
    )
}
