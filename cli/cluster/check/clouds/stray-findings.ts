import { DEFAULT_VOLUME_GROUP } from '../../../../cloud/volume-group.ts'
import { resourceFile } from '../../../../system/drbd/config/files.ts'
import { readable } from '../../../../system/nodes/ssh.ts'
import { type NodeFinding, warning } from '../../examine/finding.ts'
import type { StoredData, Volume } from './stored-data.ts'

/** Objects that vhacs created and no storage uses, such as the remains of a killed creation. `known` are names of storages. */
export function strayFindings(known: ReadonlySet<string>, { volumes, files }: StoredData): NodeFinding[] {
  const strayVolumes = volumes.filter(
    ({ group, name, isMadeByVhacs }) =>
      !known.has(name) && (isMadeByVhacs || (group === DEFAULT_VOLUME_GROUP && files.has(name))),
  )
  const volumesOf = Map.groupBy(strayVolumes, ({ name }) => name)
  const strayFiles = [...files.values()].filter(
    ({ name, isMadeByVhacs }) => !known.has(name) && (isMadeByVhacs || volumesOf.has(name)),
  )
  const fileNames = new Set(strayFiles.map(({ name }) => name))
  return [...new Set([...volumesOf.keys(), ...fileNames])].map(name =>
    strayFinding(name, { volumes: volumesOf.get(name) ?? [], hasFile: fileNames.has(name) }),
  )
}

function strayFinding(
  name: string,
  { volumes, hasFile }: { readonly volumes: readonly Volume[]; readonly hasFile: boolean },
): NodeFinding {
  const paths = volumes.map(({ group }) => `${group}/${name}`)
  const file = resourceFile(name)
  const parts = [...paths.map(path => `the volume ${path}`), ...(hasFile ? [file] : [])]
  const commands = [
    ...(hasFile ? [`drbdadm down ${readable(name)}`, `rm ${readable(file)}`] : []),
    ...paths.map(path => `lvremove ${readable(path)}`),
  ]
  const verb = parts.length === 1 ? 'belongs' : 'belong'
  return warning(
    `${parts.join(' and ')} ${verb} to no storage of this node`,
    `if no creation is in progress and nobody needs the data: ${commands.join('; ')}`,
  )
}
