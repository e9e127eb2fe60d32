import type { Cloud, Vserver } from '../../../cloud/cloud.ts'
import { resourceIds, vserverIds } from '../../../cloud/ids.ts'
import { mapName } from '../../../system/block/lvm.ts'
import { CIB_FILE } from '../../../system/cib-directory.ts'
import { aclInfoPath, tpgPath } from '../../../system/lio/paths.ts'
import { cgroupOf, unitOf } from '../../../system/nspawn/unit.ts'
import { cibOf, edited } from '../../unit/cloud/cib.ts'
import { type ActionFailure, activeIn, crmMonXml } from '../cluster/crm-mon.ts'
import { type FakeMount, mountInfoText } from '../proc/mount-table.ts'
import { statText } from '../proc/processes.ts'
import { type FakeSystem, fakeSystem } from '../system.ts'
import { link, liveFile } from '../tree.ts'

/** A node of a cluster, as its own files and crm_mon show it. Change its parts before it is read. */
export interface MetricsNode {
  readonly system: FakeSystem
  /** The CIB, whose status is not in Pacemaker's own file. */
  cib: string
  active: typeof activeIn
  failures: ActionFailure[]
  /** The lines of /proc/drbd, by the name of the cloud. */
  readonly drbd: Map<string, string>
  /** By the name of the cloud. */
  readonly mounts: Map<string, FakeMount>
}

/** A node named node1 on which all is well, with its parts of clouds on node1 and node2, and of vservers on them. */
export function metricsNode(clouds: readonly Cloud[], vservers: readonly Vserver[] = []): MetricsNode {
  const system = fakeSystem({ '/proc/sys/kernel/hostname': 'node1\n' })
  const node: MetricsNode = {
    system,
    cib: cibOf({ clouds, vservers, nodes: ['node1', 'node2'] }),
    active: activeIn,
    failures: [],
    drbd: new Map(),
    mounts: new Map(),
  }
  const withoutStatus = () => edited(node.cib, ({ name }) => (name === 'status' ? [] : undefined))
  system.put(CIB_FILE, liveFile(withoutStatus))
  system.put(
    '/proc/drbd',
    liveFile(() => `version: 8.4.11 (api:1/proto:86-101)\n${[...node.drbd.values()].join('')}`),
  )
  system.put(
    '/proc/self/mountinfo',
    liveFile(() => mountInfoText([...node.mounts.values()])),
  )
  system.tools.set('crm_mon', () => ({
    status: 0,
    stdout: crmMonXml({ cib: node.cib, active: node.active(node.cib), failures: node.failures }),
  }))
  for (const [index, cloud] of clouds.entries()) putParts(node, cloud, index + 1)
  for (const vserver of vservers) putContainer(node, vserver)
  return node
}

function putParts(node: MetricsNode, cloud: Cloud, number: number): void {
  const runsHere = (id: string) => activeIn(node.cib).some(one => one.id === id && one.node === 'node1')
  const ids = resourceIds(cloud.name)
  if (runsHere(ids.lvm)) putVolume(node.system, cloud, number)
  if (runsHere(ids.drbd)) putDrbd(node, cloud, runsHere(ids.target))
  if (runsHere(ids.target)) putTarget(node.system, cloud)
  if (runsHere(ids.session)) putMount(node, cloud, number)
}

function putContainer({ system, cib }: MetricsNode, { name }: Vserver): void {
  const { container } = vserverIds(name)
  if (!activeIn(cib).some(one => one.id === container && one.node === 'node1')) return
  const unit = unitOf(name)
  const cgroup = cgroupOf(unit)
  system.put(`/run/systemd/transient/${unit}`, '')
  system.put(`${cgroup}/cgroup.events`, 'populated 1\nfrozen 0\n')
  system.put(`${cgroup}/cgroup.procs`, '')
  system.put(`${cgroup}/supervisor/cgroup.procs`, '2001\n')
  system.put('/proc/2001/stat', statText({ pid: 2001, name: 'systemd-nspawn' }))
  system.put('/proc/2001/task/2001/children', '2002 ')
  system.put('/proc/2002/stat', statText({ pid: 2002, name: 'systemd', parent: 2001 }))
  system.put(`${cgroup}/memory.current`, '104857600\n')
  system.put(`${cgroup}/cpu.stat`, 'usage_usec 2500000\nuser_usec 2000000\n')
}

function putVolume(system: FakeSystem, { volumeGroup, name }: Cloud, number: number): void {
  const home = `/sys/block/dm-${number}`
  system.put(`${home}/dm/name`, `${mapName(volumeGroup, name)}\n`)
  system.put(`${home}/dm/uuid`, `LVM-${name}\n`)
  system.put(`${home}/dm/suspended`, '0\n')
  system.put(`${home}/size`, '2097152\n')
}

function putDrbd({ system, drbd }: MetricsNode, { name, minor }: Cloud, isPrimary: boolean): void {
  drbd.set(name, drbdLines(minor, isPrimary ? 'Primary/Secondary' : 'Secondary/Primary'))
  system.put(`/sys/kernel/debug/drbd/minors/${minor}`, link(`../resources/${name}/volumes/0`))
  system.put(`/sys/block/drbd${minor}/size`, '2097080\n')
}

/** A minor in /proc/drbd. */
export function drbdLines(
  minor: number,
  roles: string,
  { connection = 'Connected', disks = 'UpToDate/UpToDate', more = 'oos:0', flags = 'r-----' } = {},
): string {
  return `${String(minor).padStart(2)}: cs:${connection} ro:${roles} ds:${disks} C ${flags}\n    ns:0 nr:0 dw:0 dr:0 ${more}\n`
}

function putTarget(system: FakeSystem, cloud: Cloud): void {
  const [initiator = ''] = cloud.initiators
  system.put(`${tpgPath(cloud)}/enable`, '1\n')
  system.put(aclInfoPath(cloud, initiator), `InitiatorName: ${initiator}\nLIO Session ID: 1\n`)
}

function putMount({ system, mounts }: MetricsNode, { name, iqn, address, directory }: Cloud, number: number): void {
  const session = `/sys/class/iscsi_session/session${number}`
  const connection = `/sys/class/iscsi_connection/connection${number}:0`
  const device = `8:${number * 16}`
  system.put(`${session}/targetname`, `${iqn}\n`)
  system.put(`${session}/state`, 'LOGGED_IN\n')
  system.put(`${session}/recovery_tmo`, '600\n')
  system.put(`${session}/device/target0:0:0/0:0:0:0/state`, 'running\n')
  system.put(`${session}/device/target0:0:0/0:0:0:0/block/sd-${number}/dev`, `${device}\n`)
  system.put(`${connection}/persistent_address`, `${address}\n`)
  system.put(`${connection}/persistent_port`, '3260\n')
  system.put(`/sys/dev/block/${device}`, link(`../../block/sd-${number}`))
  system.put(`/sys/fs/ext4/sd-${number}/errors_count`, '0\n')
  system.put(`${directory}/lost+found/.keep`, '')
  const options = { options: 'rw,noatime', superOptions: 'rw' }
  mounts.set(name, { device, source: `/dev/sd-${number}`, mountPoint: directory, fileSystem: 'ext3', ...options })
}
