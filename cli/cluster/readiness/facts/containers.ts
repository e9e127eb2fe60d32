import type { Vserver } from '../../../../cloud/cloud.ts'
import { networkOf } from '../../../../cloud/compose/vservers/vserver.ts'
import { joinedNames } from '../../../../cloud/listed-names.ts'
import type { Sections } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'

/** What a node says that it has for containers, in lines. */
export type ContainerFacts = ReadonlySet<string>

/** Undefined where the node does not answer that question. */
export function containerFactsIn({ sections }: Sections): ContainerFacts | undefined {
  const text = sections.get('containers')
  return text === undefined ? undefined : new Set(text.split('\n'))
}

/** The version of systemd that has its systemd-nspawn, such as `252`; undefined where it is not installed. */
export function nspawnVersionIn(facts: ContainerFacts): string | undefined {
  return [...facts].flatMap(line => /^systemd (\d{1,5})$/.exec(line)?.[1] ?? [])[0]
}

/** What a node lacks for these vservers. */
export function containerFindings(facts: ContainerFacts, vservers: readonly Vserver[]): NodeFinding[] {
  return vservers.length === 0 ? [] : [...softwareFindings(facts), ...networkFindings(facts, vservers)]
}

function softwareFindings(facts: ContainerFacts): NodeFinding[] {
  return [
    ...(nspawnVersionIn(facts) === undefined
      ? [error('systemd-nspawn is not installed: no vserver can run here', 'apt-get install systemd-container')]
      : []),
    ...(facts.has('cgroups')
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
function networkFindings(facts: ContainerFacts, vservers: readonly Vserver[]): NodeFinding[] {
  const users = Map.groupBy(vservers, ({ parameters: { network = 'none' } }) => network)
  return [...users].flatMap(([text, own]) => {
    const network = networkOf({ parameters: { network: text } })
    if (!('interfaceName' in network)) return []
    const { kind, interfaceName } = network
    const names = joinedNames(own.map(({ name }) => name))
    if (!facts.has(`interface ${interfaceName}`))
      return [
        error(
          `there is no interface ${interfaceName}: ${names} cannot run here`,
          `create ${kind === 'bridge' ? 'the bridge ' : ''}${interfaceName}, as on the other vhosts`,
        ),
      ]
    if (kind === 'macvlan' || facts.has(`bridge ${interfaceName}`)) return []
    return [error(`${interfaceName} is not a bridge: ${names} cannot run here`, 'make it one, as on the other vhosts')]
  })
}
