import { isNodeName } from '../system/host-name.ts'
import { valueText } from './problem.ts'

/**
 * A cloud's name: letters, digits and dashes, at most 32, the first a letter. It is also the name of the DRBD resource,
 * where drbdadm takes `all` for every one, and of the logical volume: lvm(8) reserves `snapshot` and `pvmove`.
 * @throws RangeError that shows the expected form.
 */
export function parseCloudName(text: string): string {
  if (!/^(?!all$|snapshot|pvmove)[a-z][a-z0-9-]{0,31}$/i.test(text))
    throw new RangeError(
      `${valueText(text)} is not a cloud's name: letters, digits and dashes, at most 32 and a letter first, are expected, ` +
        'other than "all" and not starting with "snapshot" or "pvmove"',
    )
  return text
}

/**
 * A vserver's name: letters, digits and dashes, at most 32, the first a letter and the last no dash. It is also a host name, and
 * `ALL` stands for every vserver.
 * @throws RangeError that shows the expected form.
 */
export function parseVserverName(text: string): string {
  if (!/^(?!all$)[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/i.test(text))
    throw new RangeError(
      `${valueText(text)} is not a vserver's name: letters, digits and dashes, at most 32, a letter first and no dash last, are expected, other than "all"`,
    )
  return text
}

/**
 * The root directory of a vserver, as a path below the mount of its cloud.
 * @throws RangeError that shows the expected form.
 */
export function parseTree(text: string): string {
  const names = text.split('/')
  if (text.length > LONGEST_TREE || !names.every(name => /^[a-z0-9_][a-z0-9_.-]*$/i.test(name)))
    throw new RangeError(
      `a directory of the cloud is expected, like web0 or servers/web0: letters, digits, dashes, dots and underscores, at most ${LONGEST_TREE}, and a letter or digit first`,
    )
  return text
}

const LONGEST_TREE = 200

/**
 * A node's name: the output of uname(1) there, by which DRBD and the cluster identify it. Other characters would have a special
 * meaning in their configuration, or to a shell.
 * @throws RangeError that shows the expected form.
 */
export function parseNodeName(text: string): string {
  if (!isNodeName(text))
    throw new RangeError('a host name such as alpha is expected: letters, digits, dots, dashes and underscores')
  return text
}

/** A word that the command line reads as a range, such as `foobar1-3`: its prefix, its first and its last number. */
export const NAME_RANGE = /^(.*?)(?<!\d)(\d+)-(\d+)$/

/**
 * Target name, unique between clusters that are named differently. Lower case is the normal form of RFC 3720, section 3.2.6.2:
 * clouds that differ only in case would share it. If a cluster's name cannot be part of it unchanged, a checksum is appended,
 * because `a_b` and `a b` would become the same.
 */
export function targetName(clusterName: string, cloud: string): string {
  // 223 bytes at most (RFC 3720): 24 for the prefix, 32 for the cloud, which leaves enough for the cluster
  const label = clusterName.replace(/[^a-zA-Z0-9.-]+/g, '-')
  const isKept = label === clusterName && label.length <= 128
  // 128 with the checksum
  const cluster = isKept ? label : [label.slice(0, 111).replace(/^-+|-+$/g, ''), checksum(clusterName)].join('-')
  return `iqn.2026-01.org.vhacs:${cluster}:${cloud}`.toLowerCase()
}

/** 16 hexadecimal digits: FNV-1a over the code points. Accidental collisions are negligible, and nobody forges names. */
export function checksum(text: string): string {
  const hash = [...text].reduce(
    (sum, letter) => BigInt.asUintN(64, (sum ^ BigInt(letter.codePointAt(0) ?? 0)) * 0x100000001b3n),
    0xcbf29ce484222325n,
  )
  return hash.toString(16).padStart(16, '0')
}
