import { loops } from '../block/loop-devices.ts'
import { parseSwaps, swaps } from '../block/swaps.ts'
import { listNames, readLine } from '../files.ts'
import { CORE } from '../lio/paths.ts'
import { unescapeOctal } from '../proc/mountinfo.ts'
import type { System } from '../system.ts'

/** A file or directory that the kernel itself uses, without a process that could be killed. */
export interface KernelUse {
  readonly path: string
  /** A short phrase that includes the command to end the use. */
  readonly what: string
}

/** The uses on this node: swap files, loop devices, backstores of LIO on files, directories that the NFS server exports. */
export function kernelUses(system: System): KernelUse[] {
  return [
    ...swaps(system).map(swapUse),
    ...loops(system).map(({ loop, file }) => loopUse(loop, file)),
    ...fileBackstores(system).map(({ backstore, path }) => backstoreUse(backstore, path)),
    ...exportsIn(readLine(system, '/proc/fs/nfsd/exports') ?? '').map(exportUse),
  ]
}

/** The files that show these uses, as shell patterns, for reading them on another node. */
export const KERNEL_USE_FILES = `/proc/swaps /proc/fs/nfsd/exports /sys/block/loop*/loop/backing_file ${CORE}/fileio_*/*/udev_path`

/** The uses that the texts of such files show, by path. */
export function parseKernelUses(texts: ReadonlyMap<string, string>): KernelUse[] {
  return [...texts].flatMap(([path, text]) => {
    const [, loop] = /^\/sys\/block\/(loop\d+)\//.exec(path) ?? []
    if (loop !== undefined) return [loopUse(loop, text)]
    if (path.startsWith(CORE)) return [backstoreUse(path.slice(CORE.length + 1).replace(/\/udev_path$/, ''), text)]
    return path === '/proc/swaps' ? parseSwaps(text).map(swapUse) : exportsIn(text).map(exportUse)
  })
}

const swapUse = (path: string) => ({ path, what: `swap file ${path} (swapoff ${path})` })
const loopUse = (loop: string, path: string) => ({
  path,
  what: `loop device ${loop} on ${path} (losetup -d /dev/${loop})`,
})
const backstoreUse = (backstore: string, path: string) => ({ path, what: `LIO backstore ${backstore} on ${path}` })
const exportUse = (path: string) => ({ path, what: `NFS export ${path} (exportfs -u)` })

/** The backstores of LIO on files. */
function fileBackstores(system: System): { readonly backstore: string; readonly path: string }[] {
  return listNames(system, CORE)
    .filter(hba => hba.startsWith('fileio_'))
    .flatMap(hba => listNames(system, `${CORE}/${hba}`).map(name => `${hba}/${name}`))
    .flatMap(backstore => {
      const path = readLine(system, `${CORE}/${backstore}/udev_path`)
      return path === undefined ? [] : [{ backstore, path }]
    })
}

/** The directories that the kernel's NFS server exports. @see nfsd(7) */
function exportsIn(text: string): string[] {
  const lines = text.split('\n')
  return lines.filter(line => line.startsWith('/')).map(line => unescapeOctal(line.split('\t')[0] ?? ''))
}
