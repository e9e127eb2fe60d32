import { dirname } from 'node:path'
import { copyBetween, runOn } from '../../../../system/nodes/ssh.ts'
import { allOf, type Step } from '../../../run/steps.ts'
import { looksAtDrbd } from '../../examine/lvm-filter.ts'
import { idleUnits, type Seen } from '../findings/init-findings.ts'
import { MESSAGE_SECONDS, parseHeader, sbdSettings, WATCHDOG_SECONDS, withSettings } from '../findings/sbd-findings.ts'
import { corosyncConf } from '../input/corosync-conf.ts'
import { everywhere, type InitContext, systemctl } from './context.ts'
import { journal, putFile, setAside, textOn } from './journal.ts'
import { DEFAULT_FILTER, DRBD_FILE, FILTER, LVM_FILE, ORDER, ORDER_FILE, withoutUsageCount } from './settings.ts'

/*
 * Steps that write files, and sbd's disk.
 */

export function writeSettings(context: InitContext): Step {
  const { system } = context
  return everywhere('writing the settings of LVM, DRBD and systemd', context, async (examined, noted) => {
    const { node } = examined
    const put = (path: string, text: string) => putFile(system, node, { path, text }, noted)
    if (looksAtDrbd(examined) && examined.sections.get('filter')?.includes(DEFAULT_FILTER)) {
      await setAside(system, node, LVM_FILE, noted)
      const append = ['dd', 'status=none', 'oflag=append', 'conv=notrunc,fsync', `of=${LVM_FILE}`] as const
      await runOn(system, node, [...append], { input: FILTER })
    }
    const drbd = await textOn(system, node, DRBD_FILE)
    if (drbd !== undefined) await put(DRBD_FILE, withoutUsageCount(drbd))
    noted.note(node, () => runOn(system, node, ['systemctl', 'daemon-reload']))
    const directory = dirname(ORDER_FILE)
    noted.note(node, () =>
      runOn(system, node, ['find', directory, '-maxdepth', '0', '-empty', '-delete'], { accepted: [0, 1] }),
    )
    await runOn(system, node, ['mkdir', '-p', directory])
    await put(ORDER_FILE, ORDER)
    await runOn(system, node, ['systemctl', 'daemon-reload'])
    const idle = idleUnits(examined)
    if (idle.length === 0) return
    noted.note(node, () => systemctl(system, node, 'enable', idle))
    await systemctl(system, node, 'disable', idle)
  })
}

const KEY = '/etc/corosync/authkey'

/** Made on the first node, and brought to the others. It never is the input or output of a command: those may be shown. */
export function makeKey({ system, seen, request, first, mark }: InitContext): Step {
  const noted = journal(mark)
  const others = request.nodes.filter(node => node !== first)
  return {
    name: `making the key, the same for ${request.nodes.join(', ')}`,
    run: async () => {
      await allOf(
        seen.examinations.map(async ({ node }) => {
          await setAside(system, node, KEY, noted)
          await runOn(system, node, ['rm', '-f', KEY])
        }),
      )
      await runOn(system, first, ['corosync-keygen', '-l', '-k', KEY])
      await allOf(others.map(node => copyBetween(system, KEY, first, node)))
    },
    undo: () => noted.undo(),
  }
}

export function writeCorosyncConf(context: InitContext): Step {
  const { system, seen, request } = context
  const members = request.nodes.map((name, index) => ({
    name,
    id: index + 1,
    addresses: (seen.ends.get(name) ?? []).map(({ address }) => address),
  }))
  const text = corosyncConf(request.clusterName, members)
  return everywhere('writing corosync.conf', context, ({ node }, noted) =>
    putFile(system, node, { path: '/etc/corosync/corosync.conf', text }, noted),
  )
}

const SBD_FILE = '/etc/default/sbd'

export function sbdSteps(context: InitContext): Step[] {
  const { system, request, first, sbd, seen } = context
  const settings = sbdSettings(request.fencing, sbd.header.watchdogSeconds)
  const file = everywhere(`writing ${SBD_FILE}`, context, async ({ node }, noted) => {
    const text = withSettings((await textOn(system, node, SBD_FILE)) ?? '', settings)
    await putFile(system, node, { path: SBD_FILE, text }, noted)
  })
  if (request.fencing.by !== 'disk' || !isBlank(seen)) return [file]
  const { device } = request.fencing
  const timeouts = ['-1', String(WATCHDOG_SECONDS), '-4', String(MESSAGE_SECONDS)]
  return [
    {
      // nothing was there: there is nothing to put back
      name: `making sbd's slots on ${device}`,
      run: async () => {
        await runOn(system, first, ['sbd', '-d', device, ...timeouts, 'create'])
      },
    },
    { name: 'seeing that all nodes have that disk', waits: true, run: () => proveOneDisk(context, device) },
    file,
  ]
}

/** Whether the disk has to be made sbd's. */
export function isBlank({ examinations }: Seen): boolean {
  return examinations.every(({ sections }) => parseHeader(sections.get('header') ?? '') === undefined)
}

async function proveOneDisk({ system, request }: InitContext, device: string): Promise<void> {
  const headers = await Promise.all(
    request.nodes.map(async node => {
      const { stdout } = await runOn(system, node, ['sbd', '-d', device, 'dump'], { looks: true, accepted: [0, 1] })
      return parseHeader(stdout)?.uuid
    }),
  )
  const strangers = request.nodes.filter((_, index) => headers[index] !== headers[0])
  if (strangers.length === 0) return
  throw new Error(`${device} is another disk on ${strangers.join(', ')}: nodes could not be fenced by it`)
}
