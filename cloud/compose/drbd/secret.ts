import { MADE_BY_VHACS } from './made-by-vhacs.ts'

/**
 * The text of a file that vhacs has written, with this secret added or in place of the existing one; undefined for text of another
 * form, which an operator has written.
 */
export function withSharedSecret(text: string, secret: string): string | undefined {
  if (!text.startsWith(MADE_BY_VHACS)) return undefined
  const lines = text.split('\n').filter(line => !/^\t\t(?:cram-hmac-alg|shared-secret) /.test(line))
  const begin = lines.indexOf('\tnet {')
  const end = lines.indexOf('\t}', begin)
  if (begin === -1 || end === -1 || lines.indexOf('\tnet {', begin + 1) !== -1) return undefined
  return lines.toSpliced(end, 0, '\t\tcram-hmac-alg sha256;', `\t\tshared-secret "${secret}";`).join('\n')
}
