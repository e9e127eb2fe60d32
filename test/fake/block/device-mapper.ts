import type { FakeSystem, FakeTool, ToolResult } from '../system.ts'
import { block, directory, link, liveFile } from '../tree.ts'

/** A logical volume, and device-mapper's device for it while it is active. */
export interface FakeVolume {
  readonly path: `${string}/${string}`
  /** Minor number of its device. */
  readonly minor: number
  isSuspended: boolean
  /** Something has the device open: neither LVM nor device-mapper removes it. */
  isOpen: boolean
  /** The device exists, but never received a table. */
  isEmpty: boolean
  /** Its lines in the report of lvs. */
  report: Record<string, string>
}

export interface FakeLvm {
  readonly volumes: readonly FakeVolume[]
  readonly active: ReadonlySet<FakeVolume>
  /** As device-mapper does, for any program. */
  activate(volume: FakeVolume): void
  deactivate(volume: FakeVolume): void
}

const PLAIN = {
  lv_layout: 'linear',
  lv_role: 'public',
  origin: '',
  lv_tags: '',
  lv_autoactivation: '',
  vg_autoactivation: 'enabled',
}

/** LVM with these volumes, all inactive, and device-mapper's part of sysfs. */
export function lvm(system: FakeSystem, paths: readonly FakeVolume['path'][]): FakeLvm {
  const volumes = paths.map(
    (path, minor): FakeVolume => ({
      path,
      minor,
      isSuspended: false,
      isOpen: false,
      isEmpty: false,
      report: { ...PLAIN },
    }),
  )
  const active = new Set<FakeVolume>()
  system.put('/sys/block', directory())
  const activate = (volume: FakeVolume) => {
    active.add(volume)
    putDevice(system, volume)
  }
  const deactivate = (volume: FakeVolume) => {
    if (!active.delete(volume)) return
    volume.isSuspended = false
    takeDevice(system, volume)
  }
  const failure = (text: string) => ({ status: 5, stderr: `  ${text}\n` })
  const withVolume = (args: readonly string[], act: (volume: FakeVolume) => ToolResult) => {
    const volume = volumes.find(({ path }) => path === args.at(-1))
    return volume ? act(volume) : failure(`Failed to find logical volume "${args.at(-1)}"`)
  }
  const lvchange: FakeTool = args =>
    withVolume(args, volume => {
      if (args[1] === 'y') activate(volume)
      else if (volume.isOpen && active.has(volume)) return failure(`Logical volume ${volume.path} in use.`)
      else deactivate(volume)
      return 0
    })
  const dmsetup: FakeTool = args => {
    const volume = volumes.find(({ path }) => mapName(path) === args.at(-1))
    if (volume === undefined) return { status: 1, stderr: `Device ${args.at(-1)} not found\nCommand failed.\n` }
    if (args[0] === 'resume') volume.isSuspended = false
    else if (volume.isOpen) return { status: 1, stderr: 'Device or resource busy\nCommand failed.\n' }
    else deactivate(volume)
    return 0
  }
  const lvs: FakeTool = args =>
    withVolume(args, ({ report }) => ({ status: 0, stdout: JSON.stringify({ report: [{ lv: [report] }] }) }))
  system.tools.set('lvchange', lvchange).set('dmsetup', dmsetup).set('lvs', lvs)
  return { volumes, active, activate, deactivate }
}

function putDevice(system: FakeSystem, volume: FakeVolume): void {
  const { minor, path } = volume
  const name = `dm-${minor}`
  system.put(`/sys/block/${name}/dm/name`, `${mapName(path)}\n`)
  system.put(`/sys/block/${name}/dm/uuid`, `LVM-${'0123456789abcdef'.repeat(4)}\n`)
  system.put(
    `/sys/block/${name}/dm/suspended`,
    liveFile(() => (volume.isSuspended ? '1\n' : '0\n')),
  )
  system.put(
    `/sys/block/${name}/size`,
    liveFile(() => (volume.isEmpty ? '0\n' : '32768\n')),
  )
  system.put(`/sys/block/${name}/dev`, `253:${minor}\n`)
  system.put(`/sys/block/${name}/holders`, directory())
  system.put(`/sys/block/${name}/slaves`, directory())
  system.put(`/sys/class/block/${name}`, link(`/sys/block/${name}`))
  system.put(`/sys/dev/block/253:${minor}`, link(`../../devices/virtual/block/${name}`))
  system.put(`/dev/${name}`, block(`253:${minor}`))
}

function takeDevice(system: FakeSystem, { minor }: FakeVolume): void {
  for (const path of ['/sys/block/', '/sys/class/block/', '/dev/']) system.take(`${path}dm-${minor}`)
  system.take(`/sys/dev/block/253:${minor}`)
}

function mapName(path: string): string {
  return path
    .split('/')
    .map(part => part.replaceAll('-', '--'))
    .join('-')
}
