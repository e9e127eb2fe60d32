import { textOn } from '../../../../system/nodes/files/text.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import type { Step } from '../../../run/steps.ts'
import { isBlank, MESSAGE_SECONDS, parseSbdHeader, WATCHDOG_SECONDS } from '../../examine/fencing/sbd-header.ts'
import { putFile } from '../../membership/journal.ts'
import { type InitContext, onAllNodes } from './context.ts'
import { sbdSettings, withSettings } from './sbd-settings.ts'

export const SBD_FILE = '/etc/default/sbd'

/** Steps that set sbd up; none when it is not requested. */
export function sbdSteps(context: InitContext): Step[] {
  const { request, probe } = context
  if (request.fencing.by === 'nothing') return []
  if (request.fencing.by !== 'disk' || !isBlank(probe.examinations)) return [writeSbdFile(context)]
  const { device } = request.fencing
  return [createSlots(context, device), proveOneDisk(context, device), writeSbdFile(context)]
}

function writeSbdFile(context: InitContext): Step {
  const { system, request, sbd } = context
  const settings = sbdSettings(request.fencing, sbd.header.watchdogSeconds)
  return onAllNodes(`writing ${SBD_FILE}`, context, async ({ node }, noted) => {
    const text = withSettings((await textOn(system, node, SBD_FILE)) ?? '', settings)
    await putFile(system, node, { path: SBD_FILE, text }, noted)
  })
}

/** The disk was blank: there is nothing to restore. */
function createSlots({ system, firstNode }: InitContext, device: string): Step {
  const timeouts = ['-1', String(WATCHDOG_SECONDS), '-4', String(MESSAGE_SECONDS)]
  return {
    name: `creating sbd's slots on ${device}`,
    run: async () => {
      await runOn(system, firstNode, ['sbd', '-d', device, ...timeouts, 'create'])
    },
  }
}

function proveOneDisk({ system, request }: InitContext, device: string): Step {
  return {
    name: 'checking that all nodes see the same disk',
    waits: true,
    run: async () => {
      const uuids = await Promise.all(
        request.nodes.map(async node => {
          const options = { looks: true, accepted: [0, 1] } as const
          const { stdout } = await runOn(system, node, ['sbd', '-d', device, 'dump'], options)
          return parseSbdHeader(stdout)?.uuid
        }),
      )
      const others = request.nodes.filter((_, index) => uuids[index] !== uuids[0])
      if (others.length === 0) return
      throw new Error(`${device} is a different disk on ${others.join(', ')}: nodes cannot be fenced by it`)
    },
  }
}
