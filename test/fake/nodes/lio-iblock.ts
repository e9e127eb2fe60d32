import { lioIblock } from '../../../agents/lio-iblock/index.ts'
import { backstoreOf } from '../../../system/lio/paths.ts'
import { addBlockDevice } from '../block/block.ts'
import { lio } from '../lio/lio.ts'
import { fakeSystem } from '../system.ts'
import { actionsOf } from './actions.ts'

/* One export, and a node that can have it. */

export const IQN = 'iqn.2026-01.org.example:c0'
export const VHOST = 'iqn.2026-01.org.example:vhost0'
export const parameters = {
  iqn: IQN,
  device: '/dev/drbd0',
  portals: '192.0.2.10 [2001:db8::10]:3261',
  allowed_initiators: VHOST,
} as const
export const TARGET = '/sys/kernel/config/target'
export const TPG = `${TARGET}/iscsi/${IQN}/tpgt_1`
export const { hba: HBA, name: NAME } = backstoreOf({ iqn: IQN, tpgt: 1, lun: 0 })
export const STORE = `${TARGET}/core/${HBA}/${NAME}`
/** What is below target/core when there is no backstore. */
export const NO_BACKSTORE = ['alua']

export const { start, stop, monitor, probe, validate } = actionsOf(lioIblock, parameters)

/** A node that can have the export. */
export function stopped(linux = 6.1) {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const kernel = lio(system, { linux })
  addBlockDevice(system, '/dev/drbd0', '147:0')
  return { system, kernel }
}

/** A node that has the export, with these parameters besides. */
export async function started(more: Readonly<Record<string, string>> = {}) {
  const made = stopped()
  await start(made.system, more)
  made.system.changes.length = 0
  made.system.commands.length = 0
  return made
}

/** What targetcli makes of a device: a backstore in an HBA of its own counting, and a target that exports it. */
export async function targetcli(
  { system }: ReturnType<typeof stopped>,
  { iqn = 'iqn.2003-01.org.linux-iscsi:other', device = '/dev/drbd0', type = 'iblock', tpgt = 1 } = {},
): Promise<void> {
  const store = `${TARGET}/core/${type}_0/theirs`
  await system.makeDirectory(`${TARGET}/core/${type}_0`)
  await system.makeDirectory(store)
  await system.write(`${store}/control`, `${type === 'iblock' ? 'udev_path' : 'fd_dev_name'}=${device}`)
  await system.write(`${store}/udev_path`, device)
  await system.write(`${store}/enable`, '1')
  const tpg = `${TARGET}/iscsi/${iqn}/tpgt_${tpgt}`
  for (const path of [`${TARGET}/iscsi`, `${TARGET}/iscsi/${iqn}`, tpg, `${tpg}/lun/lun_0`])
    await system.makeDirectory(path).catch(() => {})
  await system.link(store, `${tpg}/lun/lun_0/0b9e985bb0`)
  await system.write(`${tpg}/enable`, '1')
  system.changes.length = 0
}
