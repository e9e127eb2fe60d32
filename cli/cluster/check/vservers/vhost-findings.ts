import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Vserver } from '../../../../cloud/cloud.ts'
import { networkOf } from '../../../../cloud/compose/vservers/vserver.ts'
import { joinedNames } from '../../../../cloud/listed-names.ts'
import { vhostsAmong } from '../../../../cloud/node-attributes.ts'
import type { Examination } from '../../examine/examination.ts'
import { error, type Finding, type NodeFinding, onNode, warning } from '../../examine/finding.ts'

/** What vhosts lack for the vservers of the cluster, each of which may run on any of them; nothing without vservers. */
export function vhostFindings(
  examinations: readonly Examination[],
  { nodes, vservers: { complete, repairable } }: Pick<Cluster, 'nodes' | 'vservers'>,
): Finding[] {
  const vservers = [...complete, ...repairable]
  const vhosts = vhostsAmong(nodes)
  const answers = examinations.flatMap(({ node, sections }) => {
    const text = sections.get('containers')
    return text === undefined || !vhosts.includes(node) ? [] : [{ node, lines: new Set(text.split('\n')) }]
  })
  if (vservers.length === 0) return []
  return [
    ...versionFindings(answers),
    ...answers.flatMap(({ node, lines }) =>
      onNode(node, [...softwareFindings(lines), ...networkFindings(lines, vservers)]),
    ),
  ]
}

type Lines = ReadonlySet<string>

/** The version of systemd that has its systemd-nspawn, such as `252`; undefined where it is not installed. */
function versionIn(lines: Lines): string | undefined {
  return [...lines].flatMap(line => /^systemd (\d{1,5})$/.exec(line)?.[1] ?? [])[0]
}

/** Those of a release of Debian have the same number; what they are patched to makes no difference to containers. */
function versionFindings(answers: readonly { readonly node: string; readonly lines: Lines }[]): Finding[] {
  const versions = answers.flatMap(({ node, lines }) => {
    const version = versionIn(lines)
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

function softwareFindings(lines: Lines): NodeFinding[] {
  return [
    ...(versionIn(lines) === undefined
      ? [error('systemd-nspawn is not installed: no vserver can run here', 'apt-get install systemd-container')]
      : []),
    ...(lines.has('cgroups')
      ? []
      : [
          error(
            'control groups of version 2 are not in use: no vserver can run here',
            'boot the node with systemd.unified_cgroup_hierarchy=1',
          ),
        ]),
  ]
}

/** Bridges and interfaces that the node does not have. */
function networkFindings(lines: Lines, vservers: readonly Vserver[]): NodeFinding[] {
  const users = Map.groupBy(vservers, ({ parameters: { network = 'none' } }) => network)
  return [...users].flatMap(([text, own]) => {
    const network = networkOf({ parameters: { network: text } })
    if (!('interfaceName' in network)) return []
    const { kind, interfaceName } = network
    const names = joinedNames(own.map(({ name }) => name))
    if (!lines.has(`interface ${interfaceName}`))
      return [
        error(
          `there is no interface ${interfaceName}: ${names} cannot run here`,
          `create ${kind === 'bridge' ? 'the bridge ' : ''}${interfaceName}, as on the other vhosts`,
        ),
      ]
    if (kind === 'macvlan' || lines.has(`bridge ${interfaceName}`)) return []
    return [error(`${interfaceName} is not a bridge: ${names} cannot run here`, 'make it one, as on the other vhosts')]
  })
}
