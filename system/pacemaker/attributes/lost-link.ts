/** The node attribute that is `true` while the interface of a mount's session has no link, from its resource's id. */
export function lostLinkAttribute(session: string): string {
  return `lost-link-${session}`
}

export const LOST = 'true'
