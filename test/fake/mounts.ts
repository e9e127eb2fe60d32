import { isInUse } from './processes.ts'
import type { FakeSystem, FakeTool, ToolResult } from './system.ts'
import { directory, liveFile } from './tree.ts'

export interface FakeMount {
  /** `major:minor` */
  readonly device: string
  readonly source: string
  readonly mountPoint: string
  readonly fileSystem: string
  options: string
  superOptions: string
}

/** The mount table of a node, with mount(8) and umount(8). */
export function mounts(system: FakeSystem): FakeMount[] {
  const table: FakeMount[] = [
    { device: '254:0', source: '/dev/vda', mountPoint: '/', fileSystem: 'ext4', options: 'rw', superOptions: 'rw' },
  ]
  system.put(
    '/proc/self/mountinfo',
    liveFile(() => table.map(mountInfoLine).join('')),
  )
  system.put('/mnt', directory())
  system.tools.set('mount', mount(system, table))
  system.tools.set('umount', umount(system, table))
  return table
}

function mountInfoLine({ device, source, mountPoint, fileSystem, options, superOptions }: FakeMount, index: number) {
  const escaped = (text: string) =>
    text.replace(/[ \t\n\\]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `${22 + index} 1 ${device} / ${escaped(mountPoint)} ${options} shared:1 - ${fileSystem} ${escaped(source)} ${superOptions}\n`
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
    return 0
  }
}

/** umount -- DIRECTORY */
function umount(system: FakeSystem, table: FakeMount[]): FakeTool {
  return ([, at = '']): ToolResult => {
    const path = whatIsAt(system, at) === undefined ? at : system.realPath(at)
    const index = table.findLastIndex(({ mountPoint }) => mountPoint === path)
    if (index < 0) return { status: 32, stderr: `umount: ${at}: not mounted.\n` }
    const hasMountsBelow = table.some(({ mountPoint }) => mountPoint.startsWith(`${path}/`))
    if (hasMountsBelow || isInUse(system, path)) return { status: 32, stderr: `umount: ${at}: target is busy.\n` }
    table.splice(index, 1)
    return 0
  }
}

function whatIsAt(system: FakeSystem, path: string) {
  try {
    return system.stat(path)
  } catch {
    return undefined
  }
}
