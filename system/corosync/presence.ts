/**
 * Whether corosync reaches a node: it is a member, or knet receives its answers on a link. A node that answers becomes a member a second
 * or two later. Undefined for a node that corosync's configuration does not name.
 * @see corosync_overview(7), cmap_keys(7): runtime.members, stats.knet
 */
export function isPresent(
  node: string,
  { icmap, stats }: { readonly icmap: ReadonlyMap<string, string>; readonly stats: ReadonlyMap<string, string> },
): boolean | undefined {
  const id = nodeId(node, icmap)
  if (id === undefined) return undefined
  const hasLink = [...stats].some(
    ([key, value]) => value === '1' && key.startsWith(`stats.knet.node${id}.`) && key.endsWith('.connected'),
  )
  return hasLink || icmap.get(`runtime.members.${id}.status`) === 'joined'
}

function nodeId(node: string, icmap: ReadonlyMap<string, string>): string | undefined {
  const named = [...icmap].find(([key, value]) => value === node && /^nodelist\.node\.\d{1,5}\.name$/.test(key))
  return named && icmap.get(named[0].replace(/name$/, 'nodeid'))
}
