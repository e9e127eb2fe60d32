import { ifPresent } from '../../../system/system.ts'
import { addBlockDevice } from '../block/block.ts'
import { lvm } from '../block/device-mapper.ts'
import { addFilesystem, dd } from '../block/filesystem.ts'
import { drbd } from '../drbd/drbd.ts'
import type { FakeTarget } from '../iscsi/iscsi-sessions.ts'
import { openIscsi } from '../iscsi/open-iscsi.ts'
import { lio } from '../lio/lio.ts'
import { isMounted, mounts, showLife } from '../proc/mounts.ts'
import { type FakeSystem, fakeSystem } from '../system.ts'
import { roleIn } from './drbd-cloud.ts'
import { stopped } from './nspawn-container.ts'

/** A node on which one resource of an agent can run. */
export interface AgentFixture {
  readonly system: FakeSystem
  /** Stops the resource without the agent. */
  destroyResource(): void
  /** Whether any part of the resource is active in the kernel. */
  isActive(): boolean
  /** Whether it may be written to on this node, if it is a promotable one. */
  isPromoted?(): boolean
}

/** The portal group of LIO is there for initiators from when this is 1. */
const ENABLE = '/sys/kernel/config/target/iscsi/iqn.2026-01.org.example:c0/tpgt_1/enable'

/** By agent's name, a node for the parameters of its contract. */
export const fixtures: Readonly<Record<string, () => AgentFixture>> = {
  'lvm-volume': () => lvmFixture(),
  'drbd-cloud': () => drbdFixture(),
  'lio-iblock': () => lioFixture(),
  'iscsi-mount': () => iscsiFixture(),
  'nspawn-container': () => nspawnFixture(),
  'ext3-filesystem': () => {
    const system = fakeSystem()
    const table = mounts(system)
    addFilesystem(system, '/dev/sda', '8:0')
    return {
      system,
      destroyResource: () => {
        table.pop()
        showLife(system, '8:0')
      },
      isActive: () => isMounted(system, '8:0'),
    }
  },
}

export function lioFixture(linux = 6.1) {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  lio(system, { loaded: false, linux })
  addBlockDevice(system, '/dev/drbd0', '147:0')
  return {
    system,
    destroyResource: () => {
      system.take('/sys/kernel/config/target')
      lio(system, { linux })
    },
    isActive: () => ifPresent(() => system.read(ENABLE)) === '1\n',
  }
}

export function lvmFixture() {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const { volumes, active, deactivate } = lvm(system, ['vhacs/c0', 'vhacs/c0-old'])
  system.tools.set('dd', dd(system))
  return {
    system,
    volumes,
    destroyResource: () => volumes.forEach(deactivate),
    isActive: () => [...active].some(({ path }) => path === 'vhacs/c0'),
  }
}

export function drbdFixture(version?: string) {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const kernel = drbd(system, { c0: 0 }, version)
  return {
    system,
    kernel,
    destroyResource: () => kernel.minors.clear(),
    isActive: () => kernel.minors.has(0),
    isPromoted: () => roleIn(kernel) === 'Primary',
  }
}

/** A systemd of version 256 or later makes mounts of its own. */
export function nspawnFixture(hasExports = false) {
  const { system, node } = stopped()
  node.hasExports = hasExports
  const containers = () => [...node.units.values()].flatMap(({ container }) => container ?? [])
  return {
    system,
    node,
    destroyResource: () => {
      for (const container of containers()) node.end(container, 'signal')
    },
    // also while it reboots
    isActive: () => [...node.units.values()].some(({ active }) => active !== 'failed'),
  }
}

export function iscsiFixture() {
  const system = fakeSystem()
  const target: FakeTarget = {
    iqn: 'iqn.2026-01.org.example:c0',
    portal: '192.0.2.10:3260',
    luns: [0],
    answer: 'accepts',
  }
  const initiator = openIscsi(system, [target])
  return {
    system,
    target,
    initiator,
    destroyResource: () => [...initiator.sessions].forEach(initiator.drop),
    isActive: () => initiator.sessions.length > 0,
  }
}
