import { dirname } from 'node:path'
import { textOn } from '../../../../system/nodes/files/text.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import type { Step } from '../../../run/steps.ts'
import { idleUnits } from '../../examine/boot-units.ts'
import type { Examination } from '../../examine/examination.ts'
import { hasDefaultFilter, scansDrbd } from '../../examine/lvm-filter.ts'
import { ORDER_FILE } from '../../examine/stop-order.ts'
import { type Journal, putFile, setAside } from '../../membership/journal.ts'
import { type InitContext, onAllNodes, systemctl } from './context.ts'
import { DRBD_FILE, FILTER, LVM_FILE, ORDER, withoutUsageCount } from './settings.ts'

/** The settings that VHACS needs on a node in addition to the cluster. */
export function writeSettings(context: InitContext): Step {
  return onAllNodes('writing the settings of LVM, DRBD and systemd', context, async (examined, noted) => {
    await writeFilter(context, examined, noted)
    await writeUsageCount(context, examined, noted)
    await writeOrder(context, examined, noted)
    await disableIdleUnits(context, examined, noted)
  })
}

async function writeFilter({ system }: InitContext, examined: Examination, noted: Journal): Promise<void> {
  if (!scansDrbd(examined) || !hasDefaultFilter(examined)) return
  await setAside(system, examined.node, LVM_FILE, noted)
  const append = ['dd', 'status=none', 'oflag=append', 'conv=notrunc,fsync', `of=${LVM_FILE}`] as const
  await runOn(system, examined.node, [...append], { input: FILTER })
}

async function writeUsageCount({ system }: InitContext, { node }: Examination, noted: Journal): Promise<void> {
  const text = await textOn(system, node, DRBD_FILE)
  if (text !== undefined) await putFile(system, node, { path: DRBD_FILE, text: withoutUsageCount(text) }, noted)
}

async function writeOrder({ system }: InitContext, { node }: Examination, noted: Journal): Promise<void> {
  const reload = () => runOn(system, node, ['systemctl', 'daemon-reload'])
  const directory = dirname(ORDER_FILE)
  noted.note(node, reload)
  noted.note(node, () =>
    runOn(system, node, ['find', directory, '-maxdepth', '0', '-empty', '-delete'], { accepted: [0, 1] }),
  )
  await runOn(system, node, ['mkdir', '-p', directory])
  await putFile(system, node, { path: ORDER_FILE, text: ORDER }, noted)
  await reload()
}

async function disableIdleUnits({ system }: InitContext, examined: Examination, noted: Journal): Promise<void> {
  const { node } = examined
  const idle = idleUnits(examined)
  if (idle.length === 0) return
  noted.note(node, () => systemctl(system, node, 'enable', idle))
  await systemctl(system, node, 'disable', idle)
}
