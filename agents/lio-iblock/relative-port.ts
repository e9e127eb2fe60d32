import { failed } from '../../ocf/exit.ts'
import { minorInPath } from '../../system/drbd/device-minor.ts'
import { enableTpg } from '../../system/lio/create.ts'
import { holderOfPort, numbersPorts, setPort } from '../../system/lio/relative-port.ts'
import { hasCode } from '../../system/system.ts'
import type { LioContext } from './parameters.ts'

/** The kernel assigns the lowest free number to the ports of other targets, so ours are far above. */
const FIRST_DERIVED = 0x4000
const FIRST_OF_DRBD = 0x8000
const LAST = 0xffff

/**
 * The relative target port identifier, the same on every node of the cluster: as configured, or derived from the DRBD device,
 * whose number nothing else on a node has, or from target name and tag.
 */
async function relativePortOf({ rtpi, device, iqn, tpgt }: LioContext['parameters']): Promise<number> {
  if (rtpi !== undefined) return rtpi
  const minor = minorInPath(device)
  if (minor !== undefined && FIRST_OF_DRBD + minor <= LAST) return FIRST_OF_DRBD + minor
  const { createHash } = await import('node:crypto')
  const hash = createHash('sha256').update(`${iqn} ${tpgt}`).digest().readUInt16BE(0)
  return FIRST_DERIVED + (hash % (FIRST_OF_DRBD - FIRST_DERIVED))
}

/**
 * Sets the TPG's number and enables it. If another target has the number, the storage is exported nevertheless: the kernel chooses
 * a number, and initiators see the disk behind a different port than on the other node.
 * @throws OcfError when another target took the number at the same moment.
 */
export async function enableWithPort({ parameters, system, log }: LioContext): Promise<void> {
  if (!numbersPorts(system, parameters)) return enableTpg(system, parameters)
  const rtpi = await relativePortOf(parameters)
  const holder = holderOfPort(system, rtpi)
  if (holder !== undefined) {
    const todo = 'set the parameter rtpi to a number that is free on all nodes'
    log.warn(
      `${holder.name} of ${holder.target} has the relative target port ${rtpi}, so the kernel chooses one: ${todo}`,
    )
    return enableTpg(system, parameters)
  }
  await setPort(system, parameters, rtpi)
  try {
    await enableTpg(system, parameters)
  } catch (error) {
    const taker = hasCode(error, 'EINVAL') ? holderOfPort(system, rtpi) : undefined
    if (taker === undefined) throw error
    throw failed(`relative target port ${rtpi} is taken by ${taker.name} of ${taker.target}: set another rtpi`)
  }
}
