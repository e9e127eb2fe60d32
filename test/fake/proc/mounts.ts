import type { FakeSystem, FakeTool, ToolResult } from '../system.ts'
import { directory, liveFile } from '../tree.ts'

export interface FakeMount {
  /** `major:minor` */
  readonly device: string
  readonly source: string
  readonly mountPoint: string
  readonly fileSystem: string
  /** The directory of the file system that is mounted; all of it, by default. */
  readonly root?: string
  options: string
  superOptions: string
  /** The kernel does not let go of it, whatever processes do. */
  isHeld?: boolean
  /** It came here with a namespace that must not unmount it. */
  isLocked?: boolean
}

export const OWN_NAMESPACE = 'mnt:[4026531841]'

/** By system, the mount tables of its namespaces. */
const tablesOf = new WeakMap<FakeSystem, Map<string, FakeMount[]>>()
const ids = new WeakMap<FakeMount, number>()
let lastId = 21

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

export function namespaceTable(system: FakeSystem, name: string): FakeMount[] {
  return tablesOf.get(system)?.get(name) ?? addNamespace(system, name)
}

/** /proc/PID/mountinfo for a table. */
export function mountInfoText(table: readonly FakeMount[]): string {
  const escaped = (text: string) =>
    text.replace(/[ \t\n\\]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return table
    .map((entry, index) => {
      const { device, root = '/', mountPoint, options, fileSystem, source, superOptions } = entry
      const place = `${escaped(root)} ${escaped(mountPoint)} ${options} shared:1`
      return `${idOf(entry)} ${parentOf(table.slice(0, index), mountPoint)} ${device} ${place} - ${fileSystem} ${escaped(source)} ${superOptions}\n`
    })
    .join('')
}

function idOf(entry: FakeMount): number {
  const known = ids.get(entry)
  if (known !== undefined) return known
  lastId += 1
  ids.set(entry, lastId)
  return lastId
}

function parentOf(earlier: readonly FakeMount[], mountPoint: string): number {
  const parent = topmostAt(earlier, mountPoint)
  return parent ? idOf(parent) : 1
}

/** The mount that a path leads to: of those at the longest part of it, the last. */
function topmostAt(table: readonly FakeMount[], path: string): FakeMount | undefined {
  const isAbove = ({ mountPoint }: FakeMount) =>
    path === mountPoint || path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`)
  return table
    .filter(isAbove)
    .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length)
    .at(-1)
}

/** The number of the mount that a path of a namespace lies on. */
export function mountIdOf(system: FakeSystem, namespace: string, path: string): number {
  const found = topmostAt(namespaceTable(system, namespace), path)
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

/** umount [--namespace PID] -- DIRECTORY */
function umount(system: FakeSystem): FakeTool {
  return args => {
    const [first, pid = ''] = args
    const namespace = first === '--namespace' ? namespaceOf(system, pid) : OWN_NAMESPACE
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
  const index = table.findLastIndex(({ mountPoint }) => mountPoint === path)
  const found = table[index]
  if (found === undefined || found.isLocked) return failure('not mounted')
  const hasMountsBelow = table.some(({ mountPoint }) => mountPoint.startsWith(`${path}/`))
  if (hasMountsBelow || found.isHeld || isInUse(system, namespace, idOf(found))) return failure('target is busy')
  table.splice(index, 1)
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
  if (isMounted(system, device)) system.put(`/sys/fs/ext4/${name}/errors_count`, '0\n')
  else if (whatIsAt(system, `/sys/fs/ext4/${name}`)) system.take(`/sys/fs/ext4/${name}`)
}

/** Whether any namespace has the file system of a device (`major:minor`). */
export function isMounted(system: FakeSystem, device: string): boolean {
  const tables = [...(tablesOf.get(system)?.values() ?? [])]
  return tables.some(table => table.some(entry => entry.device === device))
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
