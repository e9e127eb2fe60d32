import { parseSize } from '../../../cloud/sizes.ts'
import { drbdBytesOn } from '../../../system/nodes/disk/drbd-size.ts'
import { requestedSides } from '../../clouds/creation/requested-sides.ts'
import { type Options, textOf } from '../../command/verb.ts'
import { preciseSize } from '../../terminal/sizes.ts'

const MIB = 2 ** 20

/** What a new storage takes from that which it is a copy of. */
interface Copied {
  readonly volumeBytes: number
  readonly fileSystemBytes: number
  readonly mountOptions: string | undefined
  readonly hasChap: boolean
}

/** The request of a storage with a copied file system, by the options of the operator. @throws RangeError */
export function requestedCopy(
  name: string,
  options: Options,
  { volumeBytes, fileSystemBytes, mountOptions, hasChap }: Copied,
) {
  const least = leastBytes(fileSystemBytes)
  const size = textOf(options, 'size')
  const sizeBytes = size === undefined ? Math.max(volumeBytes, least) : parseSize(size)
  if (sizeBytes < least)
    throw new RangeError(
      `--size: the file system has ${preciseSize(fileSystemBytes)}, and with DRBD's meta-data needs ${least / MIB}M`,
    )
  const isChapWanted = options.chap === true || hasChap
  return { names: [name], sizeBytes, ...requestedSides(options), isChapWanted, mountOptions }
}

/** The smallest volume, in whole MiB, on which DRBD leaves that much. */
function leastBytes(fileSystemBytes: number): number {
  let bytes = Math.ceil(fileSystemBytes / MIB) * MIB
  while (drbdBytesOn(bytes) < fileSystemBytes) bytes += MIB
  return bytes
}
