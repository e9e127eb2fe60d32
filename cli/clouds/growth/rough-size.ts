import { formatSize } from '../../../cloud/sizes.ts'

const MIB = 2 ** 20

/** A size for a message, in whole MiB: those of devices with meta-data are odd. */
export function roughSize(bytes: number): string {
  return bytes < MIB ? '0' : formatSize(Math.floor(bytes / MIB) * MIB)
}
