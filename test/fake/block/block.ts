import type { FakeSystem } from '../system.ts'
import { block, directory, link } from '../tree.ts'

/** A block device at a path below /dev, with its place in sysfs. */
export function addBlockDevice(system: FakeSystem, path: string, number: string, content?: () => Uint8Array): void {
  const name = path.split('/').at(-1)
  system.put(path, block(number, content))
  system.put(`/sys/block/${name}/dev`, `${number}\n`)
  system.put(`/sys/block/${name}/holders`, directory())
  system.put(`/sys/class/block/${name}`, link(`/sys/block/${name}`))
  system.put(`/sys/dev/block/${number}`, link(`../../devices/virtual/block/${name}`))
}

/** Removes it again, as when a disk disappears. */
export function removeBlockDevice(system: FakeSystem, path: string, number: string): void {
  system.take(path)
  system.take(`/sys/block/${path.split('/').at(-1)}`)
  system.take(`/sys/class/block/${path.split('/').at(-1)}`)
  system.take(`/sys/dev/block/${number}`)
}
