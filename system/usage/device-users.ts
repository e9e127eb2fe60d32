import { deviceAtPath } from '../block/device-at-path.ts'
import { readLine } from '../files.ts'
import { machineOfProcess } from '../nspawn/containers.ts'
import { mountFinder, namespaces } from '../proc/mount-namespaces.ts'
import { mountInfo } from '../proc/mountinfo.ts'
import type { Process } from '../proc/process-stat.ts'
import { openFiles, procDirectory, processes, processLink } from '../proc/processes.ts'
import type { System } from '../system.ts'
import { holders } from './holders.ts'

/** All visible users of a block device, by its kernel name: `holders` and `processesUsing`. */
export function deviceUsers(system: System, name: string): string[] {
  const number = readLine(system, `/sys/block/${name}/dev`)
  return [...holders(system, name), ...(number === undefined ? [] : processesUsing(system, number))]
}

/**
 * The processes that have a block device open, and its mounts in other mount namespaces, each as a short phrase.
 * Reads links and files in /proc, and the status of open files in /dev; `number` is the device's `major:minor`.
 */
export function processesUsing(system: System, number: string): string[] {
  const isNode = deviceNodes(system)
  const openers = processes(system).filter(({ pid }) => {
    const home = procDirectory(system, pid)
    return home !== undefined && openNodes(system, home, isNode).some(path => deviceAtPath(system, path) === number)
  })
  return [...openers.map(process => `process ${nameOf(process)}`), ...mountsElsewhere(system, number)]
}

function openNodes(system: System, home: string, isNode: (path: string) => boolean): string[] {
  return openFiles(system, home).flatMap(fd => {
    const path = processLink(system, `${home}/fd/${fd}`)
    return path !== undefined && isNode(path) ? [path] : []
  })
}

/**
 * Whether a path is on the file system of /dev itself. Users may have mounted their own file systems below it, for example on a
 * directory in /dev/shm; a stat there would wait for their server.
 */
function deviceNodes(system: System): (path: string) => boolean {
  const mountOf = mountFinder(mountInfo(system))
  return path => path.startsWith('/dev/') && ['/', '/dev'].includes(mountOf(path)?.mountPoint ?? '/')
}

function mountsElsewhere(system: System, number: string): string[] {
  return namespaces(system).flatMap(({ isOwn, mounts, processes: [first] }) => {
    const theirs = isOwn ? [] : mounts.filter(({ device }) => device === number)
    return theirs.map(({ mountPoint }) => `mount ${mountPoint} in ${spaceOf(system, first)}`)
  })
}

function spaceOf(system: System, first: Process | undefined): string {
  if (first === undefined) return 'the mount namespace of nobody'
  const machine = machineOfProcess(system, first)
  return machine === undefined ? `the mount namespace of ${nameOf(first)}` : `container ${machine}`
}

function nameOf({ pid, name }: Process): string {
  return `${pid} (${name})`
}
