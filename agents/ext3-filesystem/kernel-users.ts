import { loops, swaps } from '../../system/block.ts'
import { lineIn, namesIn } from '../../system/files.ts'
import { type Mount, mountInfo } from '../../system/mounts.ts'
import { isAtOrBelow } from '../../system/namespaces.ts'
import type { System } from '../../system/system.ts'

/** What the kernel itself uses of the file system on a device (`major:minor`), for which there is no process to end. */
export function kernelUsers(system: System, device: string): string[] {
  const mounts = mountInfo(system).filter(mount => mount.device === device)
  const isOn = (path: string) => isWithin(path, mounts)
  return [
    ...swaps(system).flatMap(path => (isOn(path) ? [`swap file ${path} (swapoff ${path})`] : [])),
    ...loops(system).flatMap(({ loop, file }) =>
      isOn(file) ? [`loop device ${loop} on ${file} (losetup -d /dev/${loop})`] : [],
    ),
    ...fileBackstores(system).flatMap(({ backstore, path }) =>
      isOn(path) ? [`LIO backstore ${backstore} on ${path}`] : [],
    ),
    ...exports(system).flatMap(path => (isOn(path) ? [`NFS export ${path} (exportfs -u)`] : [])),
  ]
}

function isWithin(path: string, mounts: readonly Mount[]): boolean {
  return mounts.some(({ mountPoint }) => isAtOrBelow(path, mountPoint))
}

/** The backstores of LIO that lie on files. */
function fileBackstores(system: System): { readonly backstore: string; readonly path: string }[] {
  const core = '/sys/kernel/config/target/core'
  return namesIn(system, core)
    .filter(hba => hba.startsWith('fileio_'))
    .flatMap(hba => namesIn(system, `${core}/${hba}`).map(name => `${hba}/${name}`))
    .flatMap(backstore => {
      const path = lineIn(system, `${core}/${backstore}/udev_path`)
      return path === undefined ? [] : [{ backstore, path }]
    })
}

/** The directories that the kernel's NFS server has in use. @see nfsd(7) */
function exports(system: System): string[] {
  const lines = (lineIn(system, '/proc/fs/nfsd/exports') ?? '').split('\n')
  return lines.filter(line => line.startsWith('/')).map(line => line.split('\t')[0] ?? '')
}
