import { answer, type Calls } from '../../fake/answer.ts'
import { recurring } from '../../fake/call.ts'
import {
  type AgentFixture,
  drbdFixture,
  fixtures,
  iscsiFixture,
  lvmFixture,
  nspawnFixture,
} from '../../fake/nodes/agent-fixtures.ts'
import { addNamespace, namespaceTable, OWN_NAMESPACE } from '../../fake/proc/mounts.ts'
import { addProcess } from '../../fake/proc/processes.ts'
import type { FakeSystem } from '../../fake/system.ts'

/** An action that calls tools, and where it does. */
export interface ToolCase {
  readonly title: string
  readonly action: string
  /** Without a fault, each of these calls is made, and no other tool is called; a fault of one does not affect the others. */
  readonly calls: readonly Calls[]
  /** It changes nothing and depends only on its calls: a call that fails makes the action fail. */
  readonly isCheck?: true
  /** What was done before. */
  readonly from?: readonly string[]
  /** The node, if it is another than that of the contract. */
  readonly fixture?: () => DamagedFixture
  readonly parameters?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
}

/** A node where something else fails after the previous actions, and is repaired at the end. */
export interface DamagedFixture extends AgentFixture {
  damage?(): void
  repair?(): void
}

const start = { title: 'start', action: 'start' }
const stop = { title: 'stop', action: 'stop', from: ['start'] }
const monitor = { title: 'monitor', action: 'monitor', from: ['start'], environment: recurring }
const check = { isCheck: true } as const
const level10 = {
  ...monitor,
  ...check,
  title: 'monitor at level 10',
  environment: { ...recurring, OCF_CHECK_LEVEL: '10' },
}
const level20 = {
  ...monitor,
  ...check,
  title: 'monitor at level 20',
  environment: { ...recurring, OCF_CHECK_LEVEL: '20' },
}
const STATUS_FILE = '/mnt/c0/.vhacs-status-c0'
const validate = { ...check, title: 'validate-all', action: 'validate-all', environment: { OCF_CHECK_LEVEL: '10' } }

/** LVM does not find the volume any more. */
function withoutVolumeGroup(): DamagedFixture {
  const fixture = lvmFixture()
  const { tools } = fixture.system
  const damage = () => tools.set('lvchange', () => ({ status: 5, stderr: '  Volume group "vhacs" not found\n' }))
  return { ...fixture, damage }
}

/** As lvm2 before 2.03.12. */
function withOldLvm(): DamagedFixture {
  const fixture = lvmFixture()
  answer(fixture.system, 'lvs lv_layout,lv_role,origin,lv_tags,lv_autoactivation,vg_autoactivation', () => ({
    status: 3,
    stderr: '  Unrecognised field: lv_autoactivation\n',
  }))
  return fixture
}

/** An LVM command was killed. */
function withSuspension(): DamagedFixture {
  const fixture = lvmFixture()
  const damage = () => {
    for (const volume of fixture.volumes) volume.isSuspended = true
  }
  return { ...fixture, damage }
}

const withDrbdNine = () => drbdFixture('9.1.13')

/** drbdadm does nothing with any resource. */
function withDamagedConfiguration(): DamagedFixture {
  return withConfiguration(({ put }) => put(CONFIGURATION, 'resource c0 {'))
}

/** Only DRBD itself shows the owner of the minor. */
function withoutNames(): DamagedFixture {
  return withConfiguration(({ take }) => {
    take(CONFIGURATION)
    take('/sys/kernel/debug')
  })
}

const CONFIGURATION = '/etc/drbd.d/c0.res'

/** A node of which the configuration is restored in the end. */
function withConfiguration(damage: (system: FakeSystem) => void): DamagedFixture {
  const fixture = drbdFixture()
  const { system } = fixture
  const text = system.read(CONFIGURATION)
  return { ...fixture, damage: () => damage(system), repair: () => system.put(CONFIGURATION, text) }
}

/** Pacemaker may have forgotten the score. */
function withoutNote(): DamagedFixture {
  const fixture = drbdFixture()
  return { ...fixture, damage: () => fixture.system.take('/run/vhacs') }
}

/** DRBD has given the connection up. */
function withoutPeer(version?: string): DamagedFixture {
  const fixture = drbdFixture(version)
  const connect = (connection: string) => () =>
    void fixture.kernel.minors.set(0, { ...fixture.kernel.fresh, connection })
  return { ...fixture, damage: connect('StandAlone'), repair: connect('Connected') }
}

/** A report of the score was lost. */
function withoutReport(version?: string): DamagedFixture {
  const fixture = drbdFixture(version)
  return { ...fixture, damage: () => fixture.system.take('/run/vhacs/score-c0') }
}

/** iscsid was restarted while the target is unreachable: it ends no session before it is restarted again. */
function withRestartedIscsid(): DamagedFixture {
  const fixture = iscsiFixture()
  const { initiator, target } = fixture
  const damage = () => {
    target.answer = 'is away'
    initiator.restart()
  }
  const repair = () => {
    target.answer = 'accepts'
  }
  return { ...fixture, damage, repair }
}

/** Somebody has a file mapped, which is seen in /proc/PID/maps alone. */
function withUser(): DamagedFixture {
  const fixture = fixtureOf('ext3-filesystem')
  const maps = ['7f00-7f01 r--s 00000000 08:00 12 /mnt/c0/map']
  return { ...fixture, damage: () => addProcess(fixture.system, { pid: 77, name: 'user', maps }) }
}

/** A service with a mount namespace of its own has the file system mounted, too. */
function withMountNamespace(): DamagedFixture {
  const fixture = fixtureOf('ext3-filesystem')
  const { system } = fixture
  const namespace = 'mnt:[4026532999]'
  const damage = () => {
    const copies = namespaceTable(system, OWN_NAMESPACE).map(mount => ({ ...mount }))
    addNamespace(system, namespace).push(...copies.slice(1))
    addProcess(system, { pid: 61, name: 'service', namespace })
  }
  return { ...fixture, damage }
}

/** It reacts to nothing but the kernel's kill, and systemd-nspawn leaves a mount then. */
function withStubbornContainer(): DamagedFixture {
  const fixture = nspawnFixture(true)
  Object.assign(fixture.node, { shutsDown: false, terminates: false })
  return fixture
}

/** Somebody has called reboot in it. */
function withReboot(): DamagedFixture {
  const fixture = nspawnFixture()
  const { node } = fixture
  const damage = () => {
    for (const { container } of node.units.values()) if (container !== undefined) node.reboot(container)
  }
  return { ...fixture, damage }
}

/** The container has a D-Bus, by which its systemd can be asked. */
function withBus(): DamagedFixture {
  const fixture = nspawnFixture()
  fixture.system.put('/run/dbus/system_bus_socket', '')
  return fixture
}

export function fixtureOf(agent: string): AgentFixture {
  const make = fixtures[agent]
  if (make === undefined) throw new Error(`no fixture for ${agent}`)
  return make()
}

const promoted = { from: ['start', 'promote'] }
const drbdStart = { ...start, calls: ['modprobe', 'drbdadm', 'crm_attribute'] }
const promote = { title: 'promote', action: 'promote', from: ['start'], calls: ['drbdadm'] }
const demote = { title: 'demote', action: 'demote', ...promoted, calls: ['drbdadm'] }
const drbdStop = { ...stop, calls: ['drbdadm', 'crm_attribute'] }
const notification = (when: string) => ({
  OCF_RESKEY_CRM_meta_notify_type: when,
  OCF_RESKEY_CRM_meta_notify_operation: 'start',
  OCF_RESKEY_CRM_meta_notify_start_uname: 'beta',
})
const afterStart = {
  title: 'notify after a start',
  action: 'notify',
  from: ['start'],
  fixture: () => withoutReport(),
  environment: notification('post'),
  calls: ['crm_attribute'],
}
const beforeStart = {
  ...afterStart,
  title: 'notify before the peer starts',
  fixture: withoutPeer,
  environment: notification('pre'),
  calls: ['drbdadm'],
}

/** A tool queries DRBD 9 for its state, this many times. */
function nine(toolCase: ToolCase, looks: number): ToolCase {
  return {
    fixture: withDrbdNine,
    ...toolCase,
    title: `${toolCase.title} with DRBD 9`,
    calls: [...toolCase.calls, ...each('drbdsetup status', looks)],
  }
}

/** The same for DRBD 8.4, if nothing else shows the owner of a minor. */
function nameless(toolCase: ToolCase, looks: number): ToolCase {
  return {
    ...toolCase,
    title: `${toolCase.title} without names`,
    fixture: withoutNames,
    calls: [...toolCase.calls, ...each('drbdsetup show', looks)],
  }
}

/** The calls from the first on, from the second on, and so forth. */
function each(calls: Calls, count: number): Calls[] {
  return [...Array(count).keys()].map(index => `${calls} #${index + 1}`)
}

/** By agent. */
export const toolCases: Readonly<Record<string, readonly ToolCase[]>> = {
  'lvm-volume': [
    { ...start, calls: ['lvs', 'lvchange'] },
    {
      ...start,
      title: 'start with an LVM that knows no autoactivation',
      fixture: withOldLvm,
      calls: ['lvs lv_layout,lv_role,origin,lv_tags', 'lvchange'],
    },
    { ...stop, calls: ['lvchange'] },
    {
      ...stop,
      title: 'stop of a volume that LVM has lost',
      fixture: withoutVolumeGroup,
      calls: ['lvchange', 'dmsetup remove'],
    },
    { ...stop, title: 'stop of a suspended volume', fixture: withSuspension, calls: ['dmsetup resume', 'lvchange'] },
    { ...level10, calls: ['dd'] },
    { ...validate, calls: ['lvs'] },
  ],
  'drbd-cloud': [
    drbdStart,
    promote,
    demote,
    {
      ...promote,
      title: 'promote of a side without a score',
      fixture: () => withoutReport(),
      calls: ['drbdadm', 'crm_attribute'],
    },
    drbdStop,
    { ...monitor, title: 'monitor that tells the score', fixture: withoutNote, calls: ['crm_attribute'] },
    afterStart,
    beforeStart,
    { ...validate, calls: ['drbdadm sh-dev'] },
    ...[demote, { ...drbdStop, ...promoted }].map(toolCase => ({
      ...toolCase,
      title: `${toolCase.title} with a damaged configuration`,
      fixture: withDamagedConfiguration,
      calls: [...toolCase.calls, 'drbdsetup'],
    })),
    nameless({ ...monitor, ...check, calls: [] }, 1),
    nameless({ ...demote, calls: ['drbdsetup secondary', ...demote.calls] }, 4),
    nameless({ ...drbdStop, ...promoted, calls: ['drbdsetup down', ...drbdStop.calls] }, 3),
    nine(drbdStart, 2),
    nine({ ...monitor, ...check, calls: [] }, 1),
    nine({ ...monitor, ...check, ...promoted, title: 'monitor of a promoted one', calls: [] }, 1),
    nine(promote, 4),
    nine(demote, 4),
    nine({ ...drbdStop, ...promoted }, 3),
    nine({ ...afterStart, fixture: () => withoutReport('9.1.13') }, 1),
    nine({ ...beforeStart, fixture: () => withoutPeer('9.1.13') }, 1),
  ],
  'lio-iblock': [{ ...start, calls: ['modprobe'] }],
  'iscsi-mount': [
    { ...start, calls: ['iscsiadm -o new', 'iscsiadm --login'] },
    { ...stop, calls: ['iscsiadm', 'iscsiadm --logout'] },
    {
      ...stop,
      title: 'stop of a session that does not end',
      fixture: withRestartedIscsid,
      calls: ['iscsiadm', 'iscsiadm --logout', 'iscsiadm -o new', 'systemctl'],
    },
  ],
  'nspawn-container': [
    { ...start, calls: ['systemd-run', ...each('systemctl show', 2)] },
    { ...stop, calls: ['systemctl stop'] },
    {
      ...stop,
      title: 'stop of a container that must be killed',
      fixture: withStubbornContainer,
      calls: ['systemctl stop', 'systemctl show', 'systemctl reset-failed', 'umount'],
    },
    { ...monitor, title: 'monitor during a reboot', fixture: withReboot, calls: ['systemctl show'] },
    // interrupted, at first, when the call fails
    {
      ...{ ...monitor, title: level10.title, environment: level10.environment },
      ...{ fixture: withBus, calls: ['systemctl is-system-running'] },
    },
  ],
  'ext3-filesystem': [
    { ...start, parameters: { run_fsck: 'force' }, calls: ['e2fsck', 'mount'] },
    { ...stop, calls: ['fsfreeze', 'umount'] },
    { ...stop, title: 'stop of a busy mount', fixture: withUser, calls: ['fsfreeze', 'umount', 'grep'] },
    {
      ...stop,
      title: 'stop with another mount namespace',
      fixture: withMountNamespace,
      calls: ['fsfreeze', 'umount', 'umount --namespace'],
    },
    { ...level10, calls: ['dd'] },
    { ...level20, calls: ['dd if=/dev/sda', `dd of=${STATUS_FILE}`, `dd if=${STATUS_FILE}`] },
  ],
}
