import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { lacksDeepMonitor } from '../../../../cloud/cib/vservers/deep-monitor.ts'
import type { Vserver } from '../../../../cloud/cloud.ts'
import { joinedNames } from '../../../../cloud/listed-names.ts'
import { isNosuid, withoutNosuid } from '../../../../cloud/resolve/vservers/nosuid.ts'
import { child, type Element } from '../../../../cloud/xml.ts'
import { type Finding, note, warning } from '../../examine/finding.ts'

/** What is wrong with vservers, by the cluster's configuration. */
export function vserverFindings(cib: Element, cluster: Pick<Cluster, 'clouds' | 'vservers'>): Finding[] {
  return [...nosuidFindings(cluster), ...idFindings(cluster), ...monitorFindings(cib, cluster)]
}

const namesOf = (vservers: readonly Vserver[]) => joinedNames(vservers.map(({ name }) => name))

/** Not a warning: --create and a file of clouds leave `nosuid` only where somebody wants it. */
function nosuidFindings({ clouds, vservers: { complete } }: Pick<Cluster, 'clouds' | 'vservers'>): Finding[] {
  return clouds.flatMap(({ name, mountOptions }) => {
    const own = complete.filter(({ cloud }) => cloud === name)
    if (own.length === 0 || !isNosuid(mountOptions)) return []
    return [
      note(
        `${name} is mounted with nosuid, as somebody has chosen: su, sudo and all else that is setuid does nothing in ${namesOf(own)}`,
        `to change that, write 'options: "${withoutNosuid(mountOptions)}"' for it in a file for "vhacs compose --apply --interrupt", which shuts its vservers down meanwhile`,
      ),
    ]
  })
}

/** Ranges begin at multiples of their size, so that two which overlap are the same. */
function idFindings({ vservers: { complete } }: Pick<Cluster, 'vservers'>): Finding[] {
  const firstIds = Map.groupBy(complete, ({ parameters }) => Number(parameters.private_users))
  return [...firstIds].flatMap(([first, same]) => {
    if (!(first > 0) || same.length < 2) return []
    return [
      warning(
        `${namesOf(same)} have the same user ids (private_users ${first}): who gets out of one of them has all rights in the others`,
        'change the owners of the files of all but one, while they do not run, and their private_users (docs/agents/nspawn-container.md, "User ids")',
      ),
    ]
  })
}

function monitorFindings(cib: Element, { vservers: { complete } }: Pick<Cluster, 'vservers'>): Finding[] {
  const configuration = child(cib, 'configuration')
  const without = complete.filter(vserver => lacksDeepMonitor(vserver, configuration))
  if (without.length === 0) return []
  return [
    warning(
      `services that fail in ${namesOf(without)} are not reported: no monitor asks for them`,
      'name the vservers, with their clouds, in a file for "vhacs compose --apply", which adds it without an interruption',
    ),
  ]
}
