import { MADE_BY_VHACS } from '../made-by-vhacs.ts'

/**
 * What DRBD 8.4 calls when it loses its peer, and when a resync is over: links to the executable. A configuration for DRBD 9 would name
 * the second one as unfence-peer, which that calls also where nothing was to be resynced.
 */
export const DRBD_HANDLERS = {
  'fence-peer': '/usr/lib/vhacs/fence-peer',
  'after-resync-target': '/usr/lib/vhacs/unfence-peer',
} as const

/** DRBD's own scripts, in the files of earlier versions. */
const SCRIPTS = {
  'fence-peer': '/usr/lib/drbd/crm-fence-peer.sh',
  'after-resync-target': '/usr/lib/drbd/crm-unfence-peer.sh',
} as const

/** Whether a command calls DRBD's script for Pacemaker, with whatever options. */
export function isFencingScript(command: string): boolean {
  return /(^|\/)crm-fence-peer(\.9)?\.sh(\s|$)/.test(command)
}

/**
 * The text of a file that vhacs has written with our handlers in place of DRBD's scripts; undefined for a text with other handlers, or
 * of another form, which is an operator's.
 */
export function withOwnHandlers(text: string): string | undefined {
  if (!text.startsWith(MADE_BY_VHACS)) return undefined
  const lines = text.split('\n')
  for (const event of ['fence-peer', 'after-resync-target'] as const) {
    const places = lines.flatMap((line, index) => (line.startsWith(`\t\t${event} `) ? [index] : []))
    const [place] = places
    if (place === undefined || places.length > 1) return undefined
    const own = `\t\t${event} "${DRBD_HANDLERS[event]}";`
    const isScript = lines[place]?.startsWith(`\t\t${event} "${SCRIPTS[event]}`) && lines[place].endsWith('";')
    if (lines[place] !== own && !isScript) return undefined
    lines[place] = own
  }
  return lines.join('\n')
}
