/*
 * What the initiator of a node reports when sessions are lost although its own link works: an attribute of the node, which the
 * exporting node reads (docs/decisions/0081-an-export-leaves-a-node-that-no-vhost-reaches.md).
 */

/** The name of the attribute. */
export const LOST_PORTALS = 'vhacs-lost-portals'

/** The report of a vhost. */
export interface LostPortals {
  /** The portals, like 10.77.1.100:3260, whose sessions are lost. */
  readonly portals: readonly string[]
  /** The storage nodes that answer it meanwhile, by name. */
  readonly reached: readonly string[]
}

/** The value of the attribute. */
export function lostPortalsText({ portals, reached }: LostPortals): string {
  return `${portals.join(',')} reached:${reached.join(',')}`
}

/** Undefined for a text that is no such value. */
export function parseLostPortals(text: string): LostPortals | undefined {
  const [, portals, reached] = /^(\S+) reached:(\S*)$/.exec(text) ?? []
  if (portals === undefined || reached === undefined) return undefined
  return { portals: portals.split(','), reached: reached.split(',').filter(name => name !== '') }
}
