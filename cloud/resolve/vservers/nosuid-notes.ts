import { joinedNames } from '../../listed-names.ts'
import { isNosuid } from './nosuid.ts'
import type { ResolvedVserver } from './resolve-vservers.ts'

/** Vservers on clouds that are mounted with `nosuid`, because the file or the cluster says so. */
export function nosuidNotes(vservers: readonly ResolvedVserver[]): string[] {
  const restricted = vservers.filter(({ cloud }) => isNosuid(cloud.mountOptions))
  return [...Map.groupBy(restricted, ({ cloud }) => cloud)].map(([cloud, own]) => {
    const names = joinedNames(own.map(({ vserver }) => vserver.name))
    return `cloud ${cloud.name} is mounted with nosuid, so su and sudo do nothing in ${names}: remove nosuid from its options`
  })
}
