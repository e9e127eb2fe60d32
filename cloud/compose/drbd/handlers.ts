import { MADE_BY_VHACS } from './made-by-vhacs.ts'

/**
 * The handlers that DRBD calls when it loses its peer, and when all volumes have the same data again: links to the executable. The
 * second one is called on the side that was the source of the resync, which then has the peer's state UpToDate. Its counterpart
 * after-resync-target is called too early: the source is notified only after that has ended
 * (docs/decisions/0067-a-fence-peer-handler-of-our-own.md).
 */
export const DRBD_HANDLERS = {
  'fence-peer': '/usr/lib/vhacs/fence-peer',
  'unfence-peer': '/usr/lib/vhacs/unfence-peer',
} as const

/** The handlers in the files of earlier versions: the event, and DRBD's own script for it. */
const FORMER = {
  'fence-peer': { events: ['fence-peer'], script: '/usr/lib/drbd/crm-fence-peer.sh' },
  'unfence-peer': { events: ['unfence-peer', 'after-resync-target'], script: '/usr/lib/drbd/crm-unfence-peer.sh' },
} as const

/** Whether a command calls DRBD's script for Pacemaker, with any options. */
export function isFencingScript(command: string): boolean {
  return /(^|\/)crm-fence-peer(\.9)?\.sh(\s|$)/.test(command)
}

/**
 * The text of a file that vhacs has written with our handlers in place of DRBD's scripts; undefined for text with other handlers or
 * of another form, which an operator has written.
 */
export function withOwnHandlers(text: string): string | undefined {
  if (!text.startsWith(MADE_BY_VHACS)) return undefined
  const lines = text.split('\n')
  for (const event of ['fence-peer', 'unfence-peer'] as const) {
    const { events, script } = FORMER[event]
    const isIts = (line: string) => events.some(name => line.startsWith(`\t\t${name} `))
    const places = lines.flatMap((line, index) => (isIts(line) ? [index] : []))
    const [place = -1] = places
    const [, command = ''] = /^\t\t\S+ "([^"]*)";$/.exec(lines[place] ?? '') ?? []
    if (places.length !== 1 || !(command === DRBD_HANDLERS[event] || command.startsWith(script))) return undefined
    lines[place] = `\t\t${event} "${DRBD_HANDLERS[event]}";`
  }
  return lines.join('\n')
}
