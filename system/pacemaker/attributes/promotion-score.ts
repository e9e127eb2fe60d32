import { listNames } from '../../files.ts'
import { ifPresent, runToSuccess, type System, type Tool } from '../../system.ts'

export const crmAttribute: Tool = { name: 'crm_attribute', package: 'pacemaker-cli-utils' }

/**
 * Sets (or with undefined deletes) the promotion score of a resource on this node, until the node leaves the cluster.
 * Higher is promoted first; without a score an instance is not promoted.
 */
export async function setPromotionScore(
  system: System,
  resource: string,
  score: number | undefined,
  bounds: { readonly signal: AbortSignal; readonly timeoutSeconds: number },
): Promise<void> {
  const change = score === undefined ? ['--delete'] : ['--update', String(score)]
  await runToSuccess(system, crmAttribute, ['--promotion', resource, '--lifetime', 'reboot', ...change], bounds)
}

/**
 * A text that changes whenever Pacemaker may have lost this node's transient attributes: when the process that stores them
 * restarts, and when the cluster's membership changes.
 * Reads the socket on which pacemaker-attrd listens from /proc/net/unix, and when corosync last recorded a new ring.
 */
export function attributeEpoch(system: System): string {
  const sockets = ifPresent(() => system.read('/proc/net/unix')) ?? ''
  const rings = listNames(system, '/var/lib/corosync').filter(name => name.startsWith('ringid_'))
  const formed = rings.map(name => ifPresent(() => system.stat(`/var/lib/corosync/${name}`))?.changedAt)
  return `attrd:${listenerInode(sockets, 'attrd') ?? ''},ring:${formed.join('+')}`
}

/** The flag SO_ACCEPTCON of a listening socket. A connection has the name of the listener, too. */
const LISTENING = '00010000'

/** libqb's sockets are abstract: the name is padded with zero bytes, which the kernel shows as @. */
function listenerInode(sockets: string, name: string): string | undefined {
  const words = sockets.split('\n').map(line => line.trim().split(/ +/))
  const isListener = (word: readonly string[]) => word[3] === LISTENING && pathOf(word[7]) === name
  return words.find(isListener)?.[6]
}

function pathOf(text: string | undefined): string | undefined {
  return text
    ?.replace(/^@|@+$/g, '')
    .split('/')
    .at(-1)
}
