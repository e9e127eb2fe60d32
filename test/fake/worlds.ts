import { addBlockDevice } from './block.ts'
import { lvm } from './device-mapper.ts'
import { drbd } from './drbd.ts'
import { addFilesystem } from './filesystem.ts'
import { lio } from './lio.ts'
import { mounts, showLife } from './mounts.ts'
import { openIscsi } from './open-iscsi.ts'
import { type FakeSystem, fakeSystem } from './system.ts'

/** A node on which one resource of an agent can run. */
export interface World {
  readonly system: FakeSystem
  /** Ends what runs without the agent. */
  takeAway(): void
}

/** By agent's name, a node for the parameters of its contract. */
export const worlds: Readonly<Record<string, () => World>> = {
  'lvm-volume': () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    const { volumes, deactivate } = lvm(system, ['vhacs/c0', 'vhacs/c0-old'])
    return { system, takeAway: () => volumes.forEach(deactivate) }
  },
  'drbd-cloud': () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    const { minors } = drbd(system, { c0: 0 })
    return { system, takeAway: () => minors.clear() }
  },
  'lio-iblock': () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    lio(system, { loaded: false })
    addBlockDevice(system, '/dev/drbd0', '147:0')
    return {
      system,
      takeAway: () => {
        system.take('/sys/kernel/config/target')
        lio(system)
      },
    }
  },
  'iscsi-mount': () => {
    const system = fakeSystem()
    const target = {
      iqn: 'iqn.2026-01.org.example:c0',
      portal: '192.0.2.10:3260',
      luns: [0],
      answer: 'accepts' as const,
    }
    const { sessions, drop } = openIscsi(system, [target])
    return { system, takeAway: () => [...sessions].forEach(drop) }
  },
  'ext3-filesystem': () => {
    const system = fakeSystem()
    const table = mounts(system)
    addFilesystem(system, '/dev/sda', '8:0')
    return {
      system,
      takeAway: () => {
        table.pop()
        showLife(system, '8:0')
      },
    }
  },
}
