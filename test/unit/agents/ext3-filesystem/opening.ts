import type { FakeSystem } from '../../../fake/system.ts'

/** Process 51 waits in open(2) for a path, at 4660 in its memory; what it finds there is on a file system, or it is gone. */
export function opening(system: FakeSystem, path: string, call: string, fileSystem?: string): void {
  const homes = ['/proc/51', '/proc/51/task/51']
  for (const home of homes) {
    system.put(`${home}/wchan`, 'wait_for_partner')
    system.put(`${home}/syscall`, call)
  }
  const { readBytes, stat } = system
  system.readBytes = async (file, position, length) =>
    homes.some(home => file === `${home}/mem`) && position === 0x1234
      ? Buffer.from(`${path}\0rest`)
      : readBytes(file, position, length)
  const places = homes.flatMap(home => ['root/mnt/c0/fifo', 'cwd/fifo', 'fd/3/fifo'].map(place => `${home}/${place}`))
  system.stat = name => (fileSystem !== undefined && places.includes(name) ? { ...stat('/'), fileSystem } : stat(name))
}
