import { joinedNames } from '../../../../cloud/listed-names.ts'
import { DEFAULT_VOLUME_GROUP } from '../../../../cloud/volume-group.ts'
import { resourceFile } from '../../../../system/drbd/config/files.ts'
import { readable } from '../../../../system/nodes/ssh.ts'
import { replaceCommand } from '../../../clouds/replacement/texts.ts'
import { type NodeFinding, warning } from '../../examine/finding.ts'
import type { StoredData, Volume } from './stored-data.ts'

/** The storages that the objects of a node may belong to. */
export interface KnownStorages {
  /** Names of those that have a side here. */
  readonly here: ReadonlySet<string>
  /** Where the sides of all others are, by name. */
  readonly elsewhere: ReadonlyMap<string, readonly string[]>
}

/** Objects that vhacs created and no storage uses here, such as the remains of a killed creation, or of a side that was replaced. */
export function strayFindings({ here, elsewhere }: KnownStorages, stored: StoredData, node: string): NodeFinding[] {
  const { volumes } = stored
  const begun = new Set(volumes.flatMap(({ name, replaces }) => (replaces === undefined ? [] : [name])))
  const files = new Map([...stored.files].filter(([name]) => !begun.has(name)))
  const strayVolumes = volumes.filter(
    ({ group, name, isMadeByVhacs }) =>
      !here.has(name) && !begun.has(name) && (isMadeByVhacs || (group === DEFAULT_VOLUME_GROUP && files.has(name))),
  )
  const volumesOf = Map.groupBy(strayVolumes, ({ name }) => name)
  const strayFiles = [...files.values()].filter(
    ({ name, isMadeByVhacs }) => !here.has(name) && (isMadeByVhacs || volumesOf.has(name)),
  )
  const fileNames = new Set(strayFiles.map(({ name }) => name))
  return [...new Set([...volumesOf.keys(), ...fileNames])].map(name =>
    strayFinding(name, { volumes: volumesOf.get(name) ?? [], hasFile: fileNames.has(name) }, { elsewhere, node }),
  )
}

function strayFinding(
  name: string,
  { volumes, hasFile }: { readonly volumes: readonly Volume[]; readonly hasFile: boolean },
  { elsewhere, node }: Pick<KnownStorages, 'elsewhere'> & { readonly node: string },
): NodeFinding {
  const paths = volumes.map(({ group }) => `${group}/${name}`)
  const file = resourceFile(name)
  const parts = [...paths.map(path => `the volume ${path}`), ...(hasFile ? [file] : [])]
  const commands = [
    ...(hasFile ? [`drbdadm down ${readable(name)}`, `rm ${readable(file)}`] : []),
    ...paths.map(path => `lvremove ${readable(path)}`),
  ]
  const sides = elsewhere.get(name)
  if (sides !== undefined)
    return warning(
      `${parts.join(' and ')} ${parts.length === 1 ? 'is' : 'are'} left of a side of ${name}, which has its data on ${joinedNames(sides)}`,
      replaceCommand({ cloud: name, from: node, to: node }),
    )
  const verb = parts.length === 1 ? 'belongs' : 'belong'
  return warning(
    `${parts.join(' and ')} ${verb} to no storage of this node`,
    `if no creation is in progress and nobody needs the data: ${commands.join('; ')}`,
  )
}
