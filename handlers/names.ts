/** The names under which DRBD calls VHACS, links in /usr/lib/vhacs. */
export const handlerNames = ['fence-peer', 'unfence-peer'] as const

export type HandlerName = (typeof handlerNames)[number]
