import type { FakeSystem, FakeTool, ToolResult } from '../system.ts'
import { directory, liveFile } from '../tree.ts'
import { frozenMount, fsfreeze } from './freezing.ts'
import { type FakeMount, hasChildren, idOf, mountInfoText, visibleAt } from './mount-table.ts'

export { type FakeMount, mountInfoText } from './mount-table.ts'

export const OWN_NAMESPACE = 'mnt:[4026531841]'

/** By system, the mount tables of its namespaces. */
const tablesOf = new WeakMap<FakeSystem, Map<string, FakeMount[]>>()

/** By system, the mounts that no table shows. */
const detachedOf = new WeakMap<FakeSystem, FakeMount[]>()

/** The mount table of a node, with mount(8) and umount(8). */
export function mounts(system: FakeSystem): FakeMount[] {
  const table = addNamespace(system, OWN_NAMESPACE)
  system.put(
    '/proc/self/mountinfo',
    liveFile(() => mountInfoText(table)),
  )
  system.put('/mnt', directory())
  system.tools.set('mount', mount(system, table))
  system.tools.set('umount', umount(system))
  const deviceAt = (path: string) => visibleAt(table, path)?.device
  system.tools.set('fsfreeze', fsfreeze(system, { deviceAt, thawed: device => showLife(system, device) }))
  return table
}

/** A mount namespace with the node's root alone; its table. */
export function addNamespace(system: FakeSystem, name: string): FakeMount[] {
  const tables = tablesOf.get(system) ?? new Map<string, FakeMount[]>()
  const root = { device: '254:0', source: '/dev/vda', mountPoint: '/', fileSystem: 'ext4' }
  const table: FakeMount[] = [{ ...root, options: 'rw', superOptions: 'rw' }]
  tablesOf.set(system, tables.set(name, table))
  return table
}

/** It ends with its last process, and all its mounts with it. */
export function endNamespace(system: FakeSystem, name: string): void {
  const table = namespaceTable(system, name)
  for (const { device } of table.splice(0)) showLife(system, device)
}

export function namespaceTable(system: FakeSystem, name: string): FakeMount[] {
  return tablesOf.get(system)?.get(name) ?? addNamespace(system, name)
}

/** The number of the mount that a path of a namespace lies on. */
export function mountIdOf(system: FakeSystem, namespace: string, path: string): number {
  const found = visibleAt(namespaceTable(system, namespace), path)
  return found ? idOf(found) : 0
}

/** mount -t TYPE -o OPTIONS -- DEVICE DIRECTORY; like mount(2) it mounts where the links lead. */
function mount(system: FakeSystem, table: FakeMount[]): FakeTool {
  return args => {
    const [, fileSystem = '', , options = '', , device = '', at = ''] = args
    const failure = (text: string) => ({ status: 32, stderr: `mount: ${at}: ${text}.\n` })
    const found = whatIsAt(system, device)
    if (found === undefined) return failure(`special device ${device} does not exist`)
    if (found.kind !== 'block' || found.device === undefined) return failure(`${device} is not a block device`)
    if (whatIsAt(system, at)?.kind !== 'directory') return failure('mount point does not exist')
    const flags = options.split(',')
    const access = flags.includes('ro') ? 'ro' : 'rw'
    // a live file system is mounted once more, if type and access are the same
    const live = liveMount(system, found.device)
    if (live && (live.fileSystem !== fileSystem || !live.superOptions.split(',').includes(access)))
      return failure(`${device} already mounted or mount point busy`)
    table.push({
      device: found.device,
      source: system.realPath(device),
      mountPoint: system.realPath(at),
      fileSystem,
      options: `${access},relatime`,
      superOptions: [access, ...flags.filter(flag => flag.startsWith('errors='))].join(','),
    })
    showLife(system, found.device)
    return 0
  }
}

/** umount -c [--force] [--namespace PID] -- DIRECTORY */
function umount(system: FakeSystem): FakeTool {
  return args => {
    if (!args.includes('-c')) throw new Error(`umount looks up ${args.at(-1)}`)
    const at = args.indexOf('--namespace') + 1
    const pid = args[at] ?? ''
    const namespace = at > 0 ? namespaceOf(system, pid) : OWN_NAMESPACE
    if (namespace !== undefined) return unmountIn(system, namespace, args.at(-1) ?? '')
    return { status: 2, stderr: `umount: failed to set target namespace to /proc/${pid}/ns/mnt: No such file\n` }
  }
}

function unmountIn(system: FakeSystem, namespace: string, at: string): ToolResult {
  // fs/namespace.c, do_umount: what is the root of its caller is made read-only instead
  if (at === '/') return 0
  const table = namespaceTable(system, namespace)
  const failure = (text: string) => ({ status: 32, stderr: `umount: ${at}: ${text}.\n` })
  const path = whatIsAt(system, at) === undefined ? at : system.realPath(at)
  const found = visibleAt(table, path)
  if (found?.mountPoint !== path || found.isLocked) return failure('not mounted')
  if (hasChildren(table, found) || found.isHeld || isInUse(system, namespace, idOf(found)))
    return failure('target is busy')
  table.splice(table.indexOf(found), 1)
  showLife(system, found.device)
  return 0
}

/** Whether a process has anything open on a mount. */
function isInUse(system: FakeSystem, namespace: string, id: number): boolean {
  return [...system.processes.keys()]
    .flatMap(pid => system.list(`/proc/${pid}/task`).map(thread => `/proc/${pid}/task/${thread}`))
    .filter(home => whatIsAt(system, `${home}/ns/mnt`, true) === namespace)
    .some(
      home =>
        ['cwd', 'root', 'exe'].some(name => system.mountId(`${home}/${name}`) === id) ||
        openPaths(system, home).some(path => mountIdOf(system, namespace, path) === id),
    )
}

function openPaths(system: FakeSystem, home: string): string[] {
  const files = system.list(`${home}/fd`).map(fd => system.readLink(`${home}/fd/${fd}`))
  const mapped = system
    .read(`${home}/maps`)
    .split('\n')
    .map(line => line.split(/ +/)[5] ?? '')
  return [...files, ...mapped].filter(path => path.startsWith('/'))
}

/** That of a process or thread; as in /proc, a thread that is not the first has no name of its own in the list. */
function namespaceOf(system: FakeSystem, number: string): string | undefined {
  const pids = [...system.processes.keys()]
  return [`/proc/${number}`, ...pids.map(pid => `/proc/${pid}/task/${number}`)]
    .map(home => whatIsAt(system, `${home}/ns/mnt`, true))
    .find(found => found !== undefined)
}

/** The kernel shows a file system of the ext family as long as any namespace has it. */
export function showLife(system: FakeSystem, device: string): void {
  const name = whatIsAt(system, `/sys/dev/block/${device}`, true)
  if (name === undefined) return
  if (liveMount(system, device)) system.put(`/sys/fs/ext4/${name}/errors_count`, '0\n')
  else if (whatIsAt(system, `/sys/fs/ext4/${name}`)) system.take(`/sys/fs/ext4/${name}`)
}

/** Whether any namespace has the file system of a device (`major:minor`). */
export function isMounted(system: FakeSystem, device: string): boolean {
  return mountOf(system, device) !== undefined
}

function mountOf(system: FakeSystem, device: string): FakeMount | undefined {
  const tables = [...(tablesOf.get(system)?.values() ?? [])]
  return tables.flat().find(entry => entry.device === device)
}

/** A mount by which the kernel has its file system, or has had it. */
function liveMount(system: FakeSystem, device: string): FakeMount | undefined {
  return (
    mountOf(system, device) ??
    detachedOf.get(system)?.find(entry => entry.device === device) ??
    frozenMount(system, device)
  )
}

/** umount -l: no table shows it, and the kernel keeps it until the returned function is called. */
export function detach(system: FakeSystem, table: FakeMount[], entry: FakeMount): () => void {
  table.splice(table.indexOf(entry), 1)
  const detached = [...(detachedOf.get(system) ?? []), entry]
  detachedOf.set(system, detached)
  return () => {
    detached.splice(detached.indexOf(entry), 1)
    showLife(system, entry.device)
  }
}

function whatIsAt(system: FakeSystem, path: string): ReturnType<FakeSystem['stat']> | undefined
function whatIsAt(system: FakeSystem, path: string, asLink: true): string | undefined
function whatIsAt(system: FakeSystem, path: string, asLink?: true) {
  try {
    return asLink ? system.readLink(path).split('/').at(-1) : system.stat(path)
  } catch {
    return undefined
  }
}
