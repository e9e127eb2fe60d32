import { MADE_BY_VHACS } from './made-by-vhacs.ts'

/**
 * The checksum by which DRBD compares blocks. The thread that sends writes to the other side computes it, so it must be cheap: processors
 * have an instruction for it. DRBD 8.4 itself requires it of the kernel (docs/decisions/0096-a-verification-changes-nothing.md).
 */
export const VERIFY_ALG = 'crc32c'

/**
 * The text of a file that vhacs has written, with this algorithm added or in place of another one; undefined for text of another form,
 * which an operator has written.
 */
export function withVerifyAlg(text: string, algorithm: string): string | undefined {
  if (!text.startsWith(MADE_BY_VHACS)) return undefined
  const lines = text.split('\n').filter(line => !/^\t\tverify-alg /.test(line))
  const begin = lines.indexOf('\tnet {')
  const end = lines.indexOf('\t}', begin)
  if (begin === -1 || end === -1 || lines.indexOf('\tnet {', begin + 1) !== -1) return undefined
  return lines.toSpliced(end, 0, `\t\tverify-alg ${algorithm};`).join('\n')
}
