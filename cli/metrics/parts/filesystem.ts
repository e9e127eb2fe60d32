import { errorCount, kernelName } from '../../../system/block/block-devices.ts'
import { type Mount, mountInfo, READ_ONLY_OPTIONS } from '../../../system/proc/mountinfo.ts'
import { hasCode, type System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import type { SamplesOf } from './part.ts'

/** The file systems of storages that are mounted on this node. */
export const filesystemSamples: SamplesOf = ({ system, clouds = [] }) => {
  const visible = new Map(mountInfo(system).map(mount => [mount.mountPoint, mount]))
  return clouds.flatMap(({ name, directory }) => {
    const mount = visible.get(resolved(system, directory))
    return mount !== undefined && isOfCloud(mount)
      ? [() => stateSamples(system, name, mount), () => spaceSamples(system, name, mount)]
      : []
  })
}

/** By the path as the kernel lists it; a directory that does not exist, or whose server is gone, has no mount of ours. */
function resolved(system: System, directory: string): string {
  try {
    return system.realPath(directory)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTCONN', 'ESTALE', 'EACCES', 'EIO')) return directory
    throw error
  }
}

function isOfCloud({ fileSystem, root }: Mount): boolean {
  return ['ext2', 'ext3', 'ext4'].includes(fileSystem) && root === '/'
}

function stateSamples(system: System, storage: string, mount: Mount): Sample[] {
  const device = kernelName(system, mount.device)
  // not those of the mount alone: a service whose files systemd protects has its own, read-only mounts
  const isReadOnly = READ_ONLY_OPTIONS.some(option => mount.superOptions.includes(option))
  return [
    sample('filesystem_read_only', isReadOnly, { storage }),
    ...(device === undefined ? [] : [sample('filesystem_errors_total', errorCount(system, device), { storage })]),
  ]
}

async function spaceSamples(system: System, storage: string, { mountPoint }: Mount): Promise<Sample[]> {
  const { sizeBytes, freeBytes, availableBytes, files, freeFiles } = await system.space(mountPoint)
  return [
    sample('filesystem_size_bytes', sizeBytes, { storage }),
    sample('filesystem_free_bytes', freeBytes, { storage }),
    sample('filesystem_avail_bytes', availableBytes, { storage }),
    sample('filesystem_files', files, { storage }),
    sample('filesystem_files_free', freeFiles, { storage }),
  ]
}
