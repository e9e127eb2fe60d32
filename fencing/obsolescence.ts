import { nodeState } from '../cloud/cib/read/node-state.ts'
import { decisionsIn } from '../cloud/pacemaker/decisions.ts'
import { child, parseXml } from '../cloud/xml.ts'
import { readCmap } from '../system/corosync/cmap.ts'
import { isPresent } from '../system/corosync/presence.ts'
import { errorText } from '../system/error-text.ts'
import { RUN_DIRECTORY } from '../system/files.ts'
import { queryLocalCib } from '../system/pacemaker/cib/cib.ts'
import { plannedActions, plannedTransition } from '../system/pacemaker/cib/simulate.ts'
import type { System } from '../system/system.ts'
import { fencingDelay } from './delay.ts'
import { pendingRequests } from './pending.ts'

/*
 * Whether a request to fence a node is obsolete. Of two nodes that lose each other, the one on which less runs waits before it fences
 * (priority-fencing-delay), and Pacemaker calls the agent after that delay, whatever has happened meanwhile. A node that is lost is fenced
 * at once: only one that is back is asked about.
 */

const PAUSE_MILLISECONDS = 500

/** How long to look, and whom to tell. */
export interface Look {
  /** Aborted when the message has to be written: sbd needs the rest of the time that Pacemaker allows. */
  readonly signal: AbortSignal
  /** Gets what an administrator may want to know of a node that is fenced although it is present. */
  readonly say: (text: string) => void
}

/** Why a node need not be fenced any more; undefined if it is to be fenced, also where this cannot be found out. */
export async function obsolescence(system: System, node: string, look: Look): Promise<string | undefined> {
  const { signal, say } = look
  let isPresentNow = false
  try {
    isPresentNow = await isBack(system, node, signal)
    if (!isPresentNow || (await isRequestedByHand(system, node, signal))) return undefined
    return await judge(system, node, look)
  } catch (error) {
    say(
      isPresentNow && signal.aborted
        ? `corosync reaches ${node}, but the cluster did not say in time whether it still wants it fenced, so it is fenced`
        : `whether ${node} is back is unknown, so it is fenced: ${errorText(error)}`,
    )
    return undefined
  }
}

async function isBack(system: System, node: string, signal: AbortSignal): Promise<boolean> {
  const [icmap, stats] = await Promise.all([readCmap(system, 'icmap', signal), readCmap(system, 'stats', signal)])
  return isPresent(node, { icmap, stats }) ?? false
}

/**
 * The controller requests what the scheduler decides; others, such as an administrator, know why they request it. A request of which the
 * fencer does not tell counts as theirs.
 */
async function isRequestedByHand(system: System, node: string, signal: AbortSignal): Promise<boolean> {
  const pending = await pendingRequests(system, node, signal)
  return (
    pending.length === 0 || pending.some(({ attributes: { client = '' } }) => !client.startsWith('pacemaker-controld'))
  )
}

/**
 * Waits until the node's Pacemaker has joined: after the links are up again, corosync forms its membership, the controllers elect a
 * coordinator, and that accepts the node. Or until it is lost again: links that come and go leave corosync no time to form a membership.
 * @throws the signal's reason
 */
async function judge(system: System, node: string, look: Look): Promise<string | undefined> {
  const ending = new AbortController()
  const signal = AbortSignal.any([look.signal, ending.signal])
  // the side that need not wait is the one that shall survive: the other one's delay goes by meanwhile
  const delay = requestDelay(system, node, signal)
  try {
    return await Promise.race([
      verdictOnJoined(system, node, signal),
      verdictOnLost(system, node, { signal, say: look.say }, delay),
    ])
  } finally {
    ending.abort()
  }
}

/** @throws the signal's reason */
async function verdictOnJoined(system: System, node: string, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    const cib = await queryLocalCib(system, signal)
    if (hasJoined(cib, node)) {
      if (await isWantedByScheduler(system, cib, { node, signal })) return undefined
      return `${node} is back in the cluster, which no longer wants it to be fenced`
    }
    await system.sleep(PAUSE_MILLISECONDS, signal)
  }
}

/** @throws the signal's reason */
async function verdictOnLost(
  system: System,
  node: string,
  { signal, say }: Look,
  delay: Promise<KnownDelay>,
): Promise<string | undefined> {
  do await system.sleep(PAUSE_MILLISECONDS, signal)
  while (await isBack(system, node, signal))
  const { seconds, problem } = await delay
  const unknown = problem === undefined ? '' : `; the delay of this request is unknown: ${problem}`
  if (seconds !== 0) return `${node} was back and is lost again: the cluster has to decide anew${unknown}`
  say(`${node} answered and is lost again, without having joined the cluster, so it is fenced`)
  return undefined
}

function hasJoined(cib: string, node: string): boolean {
  const state = nodeState(child(parseXml(cib), 'status'), node)
  return state !== undefined && state.isMember === true && state.isOnline && state.join === 'member'
}

interface Subject {
  readonly node: string
  readonly signal: AbortSignal
}

async function isWantedByScheduler(system: System, cib: string, { node, signal }: Subject): Promise<boolean> {
  const planned = parseXml(await plannedActions(system, cib, RUN_DIRECTORY, signal))
  return decisionsIn(planned).some(({ task, resource }) => task === 'fence' && resource === node)
}

/** For how many seconds the fencer delays a request. */
interface KnownDelay {
  /** Undefined where that cannot be found out, or the present CIB does not have the node as lost. */
  readonly seconds: number | undefined
  /** Why it cannot be found out. */
  readonly problem: string | undefined
}

async function requestDelay(system: System, node: string, signal: AbortSignal): Promise<KnownDelay> {
  try {
    const graph = parseXml(await plannedTransition(system, await queryLocalCib(system, signal), signal))
    return { seconds: fencingDelay(graph, node), problem: undefined }
  } catch (error) {
    return { seconds: undefined, problem: errorText(error) }
  }
}
