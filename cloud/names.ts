/**
 * A cloud's name: letters, digits and dashes, at most 32, the first a letter. It is also the name of the DRBD resource,
 * where drbdadm takes `all` for every one, and of the logical volume: lvm(8) reserves `snapshot` and `pvmove`.
 * @throws RangeError that shows the expected form.
 */
export function parseCloudName(text: string): string {
  if (!/^(?!all$|snapshot|pvmove)[a-z][a-z0-9-]{0,31}$/i.test(text))
    throw new RangeError(
      `"${text}" is not a cloud's name: letters, digits and dashes, at most 32 and a letter first, are expected, ` +
        'other than "all" and not starting with "snapshot" or "pvmove"',
    )
  return text
}

/** A word that the command line reads as a range, such as `foobar1-3`: its prefix, its first and its last number. */
export const NAME_RANGE = /^(.*?)(?<!\d)(\d+)-(\d+)$/

/**
 * Target name, unique between clusters that are named differently. Lower case is the normal form of RFC 3720,
 * section 3.2.6.2: clouds that differ in case only would share it.
 */
export function targetName(clusterName: string, cloud: string): string {
  // 223 bytes at most (RFC 3720): 24 for the prefix, 32 for the cloud, the rest is plenty
  const cluster = clusterName.replace(/[^a-zA-Z0-9.-]+/g, '-').slice(0, 128)
  return `iqn.2026-01.org.vhacs:${cluster}:${cloud}`.toLowerCase()
}
