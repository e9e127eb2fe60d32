import { resourceIds, vserverConstraintIds, vserverIds } from '../cloud/ids.ts'
import { child, descendants, parseXml } from '../cloud/xml.ts'
import { CIB_FILE } from '../system/cib-directory.ts'
import type { System } from '../system/system.ts'

/** A vserver, and the part of it that a resource is. */
export interface VserverPart {
  readonly vserver: string
  readonly cloud: string
  readonly part: string
}

const PARTS = [
  [vserverIds('').container, 'the container'],
  [vserverIds('').address, 'the address'],
] as const

/**
 * The vserver that a resource is part of, and its cloud, as Pacemaker's own file of the CIB has them: others may have such a name, too. Undefined for
 * any other resource, and where the file cannot be read.
 */
export function vserverPartOf(system: System, resource: string): VserverPart | undefined {
  const [suffix, part] = PARTS.find(([end]) => resource.endsWith(end)) ?? []
  if (suffix === undefined || part === undefined) return undefined
  const vserver = resource.slice(0, -suffix.length)
  const cloud = cloudOf(system, vserver)
  return cloud === undefined ? undefined : { vserver, cloud, part }
}

const { mountGroup: MOUNT } = resourceIds('')

function cloudOf(system: System, vserver: string): string | undefined {
  try {
    const configuration = child(parseXml(system.read(CIB_FILE)), 'configuration')
    const { withMount } = vserverConstraintIds(vserver)
    const colocation = descendants(child(configuration, 'constraints'), 'rsc_colocation').find(
      ({ attributes }) => attributes.id === withMount,
    )
    const mount = colocation?.attributes['with-rsc']
    return mount?.endsWith(MOUNT) ? mount.slice(0, -MOUNT.length) : undefined
  } catch (error) {
    // the event is reported without it
    if (error instanceof Error) return undefined
    throw error
  }
}
