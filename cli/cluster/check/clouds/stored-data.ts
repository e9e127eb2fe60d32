import { replacedNode } from '../../../../system/nodes/disk/replacement-mark.ts'
import { CREATION_MARK } from '../../../clouds/creation/backend.ts'
import { type ResourceFile, resourceFiles } from '../../examine/drbd-files.ts'
import type { Examination } from '../../examine/examination.ts'

/** The volumes and DRBD files of a node. */
export interface StoredData {
  readonly volumes: readonly Volume[]
  /** By the names of their resources. */
  readonly files: ReadonlyMap<string, ResourceFile>
}

export interface Volume {
  readonly group: string
  readonly name: string
  readonly isMadeByVhacs: boolean
  /** The node whose side it is to replace, until that is complete. */
  readonly replaces: string | undefined
}

export function storedData(examined: Examination): StoredData {
  return { volumes: volumesIn(examined), files: resourceFiles(examined) }
}

/** From lines like `vhacs c0 vhacs_create_1795401429692`, in which the tags may be missing. */
function volumesIn({ sections }: Examination): Volume[] {
  return (sections.get('volumes') ?? '').split('\n').flatMap(line => {
    const [group, name, tags = ''] = line.trim().split(/\s+/)
    const isMadeByVhacs = tags.split(',').some(tag => tag.startsWith(CREATION_MARK))
    const replaces = replacedNode(tags)
    return group === undefined || name === undefined ? [] : [{ group, name, isMadeByVhacs, replaces }]
  })
}
