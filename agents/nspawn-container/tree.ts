import { failed, invalidHere } from '../../ocf/exit.ts'
import { isSameTree, otherContainers, treeAt } from '../../system/nspawn/containers.ts'
import { pathInTree } from '../../system/nspawn/path-in-tree.ts'
import { unitOf } from '../../system/nspawn/unit.ts'
import { visibleMount } from '../../system/proc/mount-namespaces.ts'
import { type Mount, mountInfo, unescapeOctal } from '../../system/proc/mountinfo.ts'
import { ifPresent, type System } from '../../system/system.ts'
import { type ContainerContext, ID_RANGE, isIdOfContainers, type ReadContext } from './parameters.ts'

/** What a start must know of the tree. */
export interface RunnableTree {
  /** The first of its user ids; 0 without a user namespace. */
  readonly firstId: number
  /** Which init it is, as that decides by which signal it shuts down, and whether it tells when it is ready. */
  readonly init: 'systemd' | 'busybox' | 'other' | 'command'
}

/** Where systemd-nspawn looks for the init, in this order. */
const INITS = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd', '/sbin/init']

/**
 * Checks that the container can run from its tree. May wait for a disk.
 * @throws OcfError (1) when the tree is not there, (2) when it is not one that can run.
 */
export function requireTree(context: Pick<ContainerContext, 'parameters' | 'system' | 'log'>): RunnableTree {
  const { parameters, system, log } = context
  const { directory } = parameters
  const place = ifPresent(() => system.realPath(directory))
  if (place === undefined) throw failed(`${directory} does not exist: is its file system mounted?`)
  if (system.stat(place).kind !== 'directory') throw invalidHere(`${directory} is not a directory`)
  const mount = requireMount(system, place, directory)
  if (mount.options.includes('nosuid'))
    log.warn(`${mount.mountPoint} is mounted with nosuid: su, sudo and the like do nothing in ${parameters.machine}`)
  const program = requireProgram(context, place)
  return { firstId: requireOwner(context, place, program), init: initOf(context, program) }
}

/** @throws OcfError when a container of another unit runs from this tree. */
export function requireUnused({ parameters, system }: ReadContext): void {
  const tree = treeAt(mountInfo(system), system.realPath(parameters.directory))
  const user = otherContainers(system, unitOf(parameters.machine)).find(other => isSameTree(other.tree, tree))
  if (user !== undefined)
    throw failed(
      `${user.machine ?? 'a container'} runs from ${parameters.directory} already, in ${user.unit}: stop it first`,
    )
}

/**
 * The mount that the tree is on. Where the cluster has not mounted the file system, there may be an old tree below its mount point, on
 * a file system of the node: it must not be started in place of the right one.
 */
function requireMount(system: System, place: string, directory: string): Mount {
  const mounts = mountInfo(system)
  const mount = visibleMount(mounts, place)
  const root = visibleMount(mounts, '/')
  if (mount === undefined || mount.device === root?.device)
    throw failed(`${directory} is on the root file system of this node: mount the file system of the container first`)
  if (['tmpfs', 'ramfs'].includes(mount.fileSystem))
    throw failed(`${directory} is in memory (${mount.fileSystem} on ${mount.mountPoint}): mount its file system first`)
  if (mountedAtBoot(system).includes(mount.mountPoint))
    throw failed(
      `${directory} is on ${mount.mountPoint}, which this node mounts by itself: remove that from /etc/fstab, or mount the file system of the container first`,
    )
  return mount
}

/** The mount points that the node mounts at boot. @see fstab(5) */
function mountedAtBoot(system: System): string[] {
  const lines = (ifPresent(() => system.read('/etc/fstab')) ?? '').split('\n')
  const entries = lines.map(line => line.trim().split(/[ \t]+/)).filter(([device]) => !device?.startsWith('#'))
  return entries.flatMap(([, mountPoint, , options = '']) =>
    mountPoint === undefined || options.split(',').includes('noauto') ? [] : [unescapeOctal(mountPoint)],
  )
}

/** The path of the init, or of the command, as a file of this node. */
function requireProgram({ parameters, system }: ReadContext, place: string): string {
  const { command, directory } = parameters
  for (const path of command?.slice(0, 1) ?? INITS) {
    const file = pathInTree(system, place, path)
    const status = file === undefined ? undefined : ifPresent(() => system.stat(file))
    if (file !== undefined && status?.kind === 'file' && (status.permissions & 0o111) !== 0) return file
  }
  const what = command === undefined ? `init (${INITS.join(', ')})` : `program ${command[0]}`
  throw invalidHere(`${directory} has no ${what}: it is not the tree of an operating system, or an incomplete one`)
}

function initOf({ parameters }: ReadContext, program: string): RunnableTree['init'] {
  if (parameters.command !== undefined) return 'command'
  const name = program.slice(program.lastIndexOf('/') + 1)
  return name === 'systemd' || name === 'busybox' ? name : 'other'
}

/** The first id of the tree, which owner and init must have in common: a change of the owner may have been interrupted. */
function requireOwner({ parameters, system }: ReadContext, place: string, program: string): number {
  const { directory, private_users } = parameters
  const { owner } = system.stat(place)
  if (owner !== 0 && !isIdOfContainers(owner))
    throw invalidHere(
      `${directory} belongs to user ${owner}, who is neither root nor the first of ${ID_RANGE} ids of a container`,
    )
  if (private_users !== 'owner' && private_users !== owner)
    throw invalidHere(`${directory} belongs to user ${owner}, not to ${private_users}, as private_users wants`)
  const { owner: ofProgram } = system.stat(program)
  if (ofProgram < owner || ofProgram >= owner + ID_RANGE)
    throw invalidHere(
      `${directory} belongs to user ${owner}, and its ${program} to ${ofProgram}: change the owners of all files`,
    )
  return owner
}
