import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { vhostsAmong } from '../../../../cloud/node-attributes.ts'
import type { Examination } from '../../examine/examination.ts'
import { type Finding, onNode, warning } from '../../examine/finding.ts'
import {
  type ContainerFacts,
  containerFactsIn,
  containerFindings,
  nspawnVersionIn,
} from '../../readiness/facts/containers.ts'

/** What vhosts lack for the vservers of the cluster, each of which may run on any of them; nothing without vservers. */
export function vhostFindings(
  examinations: readonly Examination[],
  { nodes, vservers: { complete, repairable } }: Pick<Cluster, 'nodes' | 'vservers'>,
): Finding[] {
  const vservers = [...complete, ...repairable]
  const vhosts = vhostsAmong(nodes)
  const answers = examinations.flatMap(examined => {
    const facts = containerFactsIn(examined)
    return facts === undefined || !vhosts.includes(examined.node) ? [] : [{ node: examined.node, facts }]
  })
  if (vservers.length === 0) return []
  return [
    ...versionFindings(answers),
    ...answers.flatMap(({ node, facts }) => onNode(node, containerFindings(facts, vservers))),
  ]
}

/** Those of a release of Debian have the same number; what they are patched to makes no difference to containers. */
function versionFindings(answers: readonly { readonly node: string; readonly facts: ContainerFacts }[]): Finding[] {
  const versions = answers.flatMap(({ node, facts }) => {
    const version = nspawnVersionIn(facts)
    return version === undefined ? [] : [{ version, text: `${node} ${version}` }]
  })
  if (new Set(versions.map(({ version }) => version)).size < 2) return []
  const list = versions.map(({ text }) => text).join(', ')
  return [
    warning(
      `the vhosts have different versions of systemd-nspawn (${list}): a vserver may not start where it moves to`,
      'bring all vhosts to the same release of Debian',
    ),
  ]
}
