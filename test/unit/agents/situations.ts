import { recurring } from '../../fake/call.ts'
import { drbd } from '../../fake/drbd.ts'
import type { FakeTarget } from '../../fake/iscsi-sessions.ts'
import { openIscsi } from '../../fake/open-iscsi.ts'
import { addProcess } from '../../fake/processes.ts'
import { fakeSystem } from '../../fake/system.ts'
import { type World, worlds } from '../../fake/worlds.ts'

/** An action that calls tools, and where it does. */
export interface Situation {
  readonly title: string
  readonly action: string
  /** Exactly these, when all goes well. */
  readonly tools: readonly string[]
  /** What was done before. */
  readonly from?: readonly string[]
  /** The node, if it is another than that of the contract. */
  readonly world?: () => TroubledWorld
  readonly parameters?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
}

/** A node where something else goes wrong after what was done before, and is mended in the end. */
export interface TroubledWorld extends World {
  trouble?(): void
  mend?(): void
}

const start = { title: 'start', action: 'start' }
const stop = { title: 'stop', action: 'stop', from: ['start'] }
const level20 = { ...recurring, OCF_CHECK_LEVEL: '20' }

/** LVM does not find the volume any more. */
function withoutVolumeGroup(): TroubledWorld {
  const world = worldOf('lvm-volume')
  const { tools } = world.system
  const trouble = () => tools.set('lvchange', () => ({ status: 5, stderr: '  Volume group "vhacs" not found\n' }))
  return { ...world, trouble }
}

function withDrbdNine(): TroubledWorld {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const { minors } = drbd(system, { c0: 0 }, '9.1.13')
  return { system, takeAway: () => minors.clear() }
}

/** iscsid was restarted while the target is away: it ends no session before it is started anew. */
function withForgetfulIscsid(): TroubledWorld {
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
    takeAway: () => [...initiator.sessions].forEach(initiator.drop),
    trouble: () => {
      target.answer = 'is away'
      initiator.restart()
    },
    mend: () => {
      target.answer = 'accepts'
    },
  }
}

/** Somebody has a file mapped, which is seen in /proc/PID/maps alone. */
function withUser(): TroubledWorld {
  const world = worldOf('ext3-filesystem')
  const maps = ['7f00-7f01 r--s 00000000 08:00 12 /mnt/c0/map']
  return { ...world, trouble: () => addProcess(world.system, { pid: 77, name: 'user', maps }) }
}

export function worldOf(agent: string): World {
  const make = worlds[agent]
  if (make === undefined) throw new Error(`no world for ${agent}`)
  return make()
}

const drbdActions = [
  { ...start, tools: ['modprobe', 'drbdadm', 'crm_attribute'] },
  { title: 'promote', action: 'promote', from: ['start'], tools: ['drbdadm', 'crm_attribute'] },
  { title: 'demote', action: 'demote', from: ['start', 'promote'], tools: ['drbdadm', 'crm_attribute'] },
  { ...stop, tools: ['drbdadm', 'crm_attribute'] },
] as const

/** By agent. */
export const situations: Readonly<Record<string, readonly Situation[]>> = {
  'lvm-volume': [
    { ...start, tools: ['lvs', 'lvchange'] },
    { ...stop, tools: ['lvchange'] },
    { ...stop, title: 'stop of a volume that LVM has lost', world: withoutVolumeGroup, tools: ['lvchange', 'dmsetup'] },
  ],
  'drbd-cloud': [
    ...drbdActions,
    ...drbdActions.map(situation => ({
      ...situation,
      title: `${situation.title} with DRBD 9`,
      world: withDrbdNine,
      tools: [...situation.tools, 'drbdsetup'],
    })),
  ],
  'lio-iblock': [{ ...start, tools: ['modprobe'] }],
  'iscsi-mount': [
    { ...start, tools: ['iscsiadm'] },
    { ...stop, tools: ['iscsiadm'] },
    {
      ...stop,
      title: 'stop of a session that does not end',
      world: withForgetfulIscsid,
      tools: ['iscsiadm', 'systemctl'],
    },
  ],
  'ext3-filesystem': [
    { ...start, parameters: { run_fsck: 'force' }, tools: ['e2fsck', 'mount'] },
    { ...stop, tools: ['umount'] },
    { ...stop, title: 'stop of a busy mount', world: withUser, tools: ['umount', 'grep'] },
    { title: 'monitor at level 20', action: 'monitor', from: ['start'], environment: level20, tools: ['dd'] },
  ],
}
