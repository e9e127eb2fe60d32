import { tryOptional } from '../../../ocf/progress.ts'
import { errorText } from '../../../system/error-text.ts'
import { RUN_DIRECTORY, readNote, writeNote } from '../../../system/files.ts'
import { setTransientAttribute } from '../../../system/pacemaker/attributes/node-attribute.ts'
import { PORTAL_ADDRESSES, prefixedAddressText } from '../../../system/pacemaker/attributes/portal-addresses.ts'
import { attributeEpoch } from '../../../system/pacemaker/attributes/promotion-score.ts'
import { ownAddress, portalAddresses } from '../../portal-network.ts'
import type { DrbdContext } from '../parameters.ts'

const REPORT_SECONDS = 5

/** What this node has reported, for all of its resources together. */
const NOTE = `${RUN_DIRECTORY}/portal-addresses`

/**
 * Reports the node's own address in the networks of the portals, so that a vhost that has lost the exporting side can find out whether
 * it reaches this one. Starts a process only if an address is new, or Pacemaker may have lost the attribute.
 */
export async function reportOwnAddresses(context: DrbdContext): Promise<void> {
  const { system, parameters, log, deadline } = context
  const present = tryOptional(() => ownAddresses(context)) ?? []
  if (parameters.portals === undefined || present.length === 0) return
  const epoch = attributeEpoch(system)
  const [notedEpoch, ...noted] = (readNote(system, NOTE) ?? '').split(' ')
  if (notedEpoch === epoch && present.every(address => noted.includes(address))) return
  try {
    const value = [...new Set([...noted.filter(address => isPresent(context, address)), ...present])].sort().join(' ')
    const timeoutSeconds = Math.max(0.1, Math.min(REPORT_SECONDS, deadline.remainingSeconds() / 2))
    // first, because what cannot be noted, as on a full file system, must not be reported again by each monitor
    await writeNote(system, NOTE, `unknown ${value}`)
    await setTransientAttribute(system, [PORTAL_ADDRESSES, value], { signal: deadline.signal, timeoutSeconds })
    await writeNote(system, NOTE, `${epoch} ${value}`)
  } catch (error) {
    deadline.signal.throwIfAborted()
    log.info(`${PORTAL_ADDRESSES} could not be set: ${errorText(error)}`)
  }
}

function ownAddresses({ system, parameters }: DrbdContext): string[] {
  const portals = portalAddresses(parameters.portals ?? [])
  return portals.flatMap(portal => {
    const own = ownAddress(system, portal, portals)
    return own === undefined ? [] : [prefixedAddressText(own)]
  })
}

/** Whether an address that another resource has reported is still this node's. */
function isPresent({ system }: DrbdContext, text: string): boolean {
  return system.interfaceAddresses().some(own => prefixedAddressText(own) === text)
}
