import { deviceAtPath } from '../block/device-at-path.ts'
import { readLine } from '../files.ts'
import { namespaces } from '../proc/mount-namespaces.ts'
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
  const openers = processes(system).filter(({ pid }) => hasOpen(system, procDirectory(system, pid), number))
  return [...openers.map(process => `process ${nameOf(process)}`), ...mountsElsewhere(system, number)]
}

function hasOpen(system: System, home: string | undefined, number: string): boolean {
  if (home === undefined) return false
  return openFiles(system, home).some(fd => {
    const path = processLink(system, `${home}/fd/${fd}`)
    return path !== undefined && deviceAtPath(system, path) === number
  })
}

function mountsElsewhere(system: System, number: string): string[] {
  return namespaces(system).flatMap(({ isOwn, mounts, processes: [first] }) => {
    const theirs = isOwn ? [] : mounts.filter(({ device }) => device === number)
    return theirs.map(
      ({ mountPoint }) => `mount ${mountPoint} in the mount namespace of ${first ? nameOf(first) : 'nobody'}`,
    )
  })
}

function nameOf({ pid, name }: Process): string {
  return `${pid} (${name})`
}
