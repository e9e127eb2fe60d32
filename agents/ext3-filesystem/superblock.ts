/*
 * The content of a device according to its first bytes; blkid is not used, because its cache and guesses may differ.
 */

/** Bytes at the start of a device that identify its content. */
export const PROBE_BYTES = 68 * 1024

const SIGNATURES: readonly (readonly [offset: number, text: string, what: string])[] = [
  [0, 'XFSB', 'an XFS file system'],
  [65600, '_BHRfS_M', 'a Btrfs file system'],
  [65536, '\x01\x16\x19\x70', 'a GFS2 file system'],
  [8192, 'OCFSV2', 'an OCFS2 file system'],
  [3, 'NTFS    ', 'an NTFS file system'],
  [82, 'FAT32', 'a FAT file system'],
  [0, 'hsqs', 'a squashfs file system'],
  [0, 'LUKS\xba\xbe', 'an encrypted volume (LUKS)'],
  [512, 'LABELONE', 'an LVM physical volume'],
  [4086, 'SWAPSPACE2', 'swap space'],
  [512, 'EFI PART', 'a partition table (GPT)'],
]

/** The content that the first bytes indicate, if not an ext file system, in words for a message. */
export function describeContent(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  const [, , known] = SIGNATURES.find(([offset, signature]) => text.startsWith(signature, offset)) ?? []
  if (known !== undefined) return known
  if (bytes.every(byte => byte === 0)) return 'nothing but zeros (no file system was created on it)'
  return 'unknown content'
}
