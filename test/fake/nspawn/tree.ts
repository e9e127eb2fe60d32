import { addBlockDevice } from '../block/block.ts'
import { namespaceTable, OWN_NAMESPACE } from '../proc/mounts.ts'
import type { FakeSystem } from '../system.ts'
import { directory, file, link } from '../tree.ts'

export interface FakeTree {
  readonly directory: string
  /** The mount point of its file system. */
  readonly mountPoint: string
  readonly owner?: number
  readonly program?: string
  readonly options?: string
}

/** Mounts a file system with the tree of an operating system. */
export function addTree(system: FakeSystem, tree: FakeTree): void {
  const {
    directory: place,
    mountPoint,
    owner = 0,
    program = '/usr/lib/systemd/systemd',
    options = 'rw,relatime',
  } = tree
  addBlockDevice(system, '/dev/sdt', '8:240')
  namespaceTable(system, OWN_NAMESPACE).push({
    device: '8:240',
    source: '/dev/sdt',
    mountPoint,
    fileSystem: 'ext3',
    options,
    superOptions: 'rw',
  })
  system.put(place, { ...directory(), owner })
  system.put(`${place}${program}`, { ...file(''), owner, permissions: 0o755 })
  if (program.startsWith('/usr/lib/')) system.put(`${place}/sbin/init`, link('/lib/systemd/systemd'))
}
