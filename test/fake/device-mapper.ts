import type { FakeSystem, FakeTool } from './system.ts'
import { block, directory, liveFile } from './tree.ts'

/** A logical volume, and device-mapper's device for it while it is active. */
export interface FakeVolume {
  readonly path: `${string}/${string}`
  /** Minor number of its device. */
  readonly minor: number
  isSuspended: boolean
  /** Something has the device open: LVM does not deactivate it. */
  isOpen: boolean
}

export interface FakeLvm {
  readonly volumes: readonly FakeVolume[]
  /** As device-mapper does, whoever asked for it. */
  activate(volume: FakeVolume): void
  deactivate(volume: FakeVolume): void
}

/** LVM with these volumes, all inactive, and device-mapper's part of sysfs. */
export function lvm(system: FakeSystem, paths: readonly FakeVolume['path'][]): FakeLvm {
  const volumes = paths.map((path, minor): FakeVolume => ({ path, minor, isSuspended: false, isOpen: false }))
  const active = new Set<FakeVolume>()
  system.put('/sys/block', directory())
  const activate = (volume: FakeVolume) => {
    active.add(volume)
    putDevice(system, volume)
  }
  const deactivate = (volume: FakeVolume) => {
    if (!active.delete(volume)) return
    for (const path of [
      `/sys/block/dm-${volume.minor}`,
      `/dev/dm-${volume.minor}`,
      `/sys/dev/block/253:${volume.minor}`,
    ])
      system.take(path)
  }
  const lvchange: FakeTool = args => {
    const volume = volumes.find(({ path }) => path === args.at(-1))
    if (volume === undefined) return { status: 5, stderr: `  Failed to find logical volume "${args.at(-1)}"\n` }
    if (args[1] === 'y') activate(volume)
    else if (volume.isOpen && active.has(volume))
      return { status: 5, stderr: `  Logical volume ${volume.path} in use.\n` }
    else deactivate(volume)
    return 0
  }
  const dmsetup: FakeTool = ([, name]) => {
    const volume = volumes.find(({ path }) => mapName(path) === name)
    if (volume === undefined) return { status: 1, stderr: `Device ${name} not found\nCommand failed.\n` }
    volume.isSuspended = false
    return 0
  }
  const lvs: FakeTool = args => {
    const volume = volumes.find(({ path }) => path === args.at(-1))
    if (volume === undefined) return { status: 5, stderr: `  Failed to find logical volume "${args.at(-1)}"\n` }
    return { status: 0, stdout: `  ${volume.path.split('/')[1]}\n` }
  }
  system.tools.set('lvchange', lvchange).set('dmsetup', dmsetup).set('lvs', lvs)
  return { volumes, activate, deactivate }
}

function putDevice(system: FakeSystem, volume: FakeVolume): void {
  const { minor, path } = volume
  const name = `dm-${minor}`
  system.put(`/sys/block/${name}/dm/name`, `${mapName(path)}\n`)
  system.put(
    `/sys/block/${name}/dm/suspended`,
    liveFile(() => (volume.isSuspended ? '1\n' : '0\n')),
  )
  system.put(`/sys/block/${name}/dev`, `253:${minor}\n`)
  system.put(`/sys/block/${name}/holders`, directory())
  system.put(`/sys/dev/block/253:${minor}`, { kind: 'link', target: `../../devices/virtual/block/${name}` })
  system.put(`/dev/${name}`, block(`253:${minor}`))
}

function mapName(path: string): string {
  return path
    .split('/')
    .map(part => part.replaceAll('-', '--'))
    .join('-')
}
