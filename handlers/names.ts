/** The names under which DRBD calls VHACS, links in /usr/lib/vhacs. DRBD's after-resync-target is unfence-peer, too. */
export const handlerNames = ['fence-peer', 'unfence-peer'] as const

export type HandlerName = (typeof handlerNames)[number]
