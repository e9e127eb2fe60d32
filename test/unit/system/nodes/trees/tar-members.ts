import { Buffer } from 'node:buffer'

/** A member of a tar archive, as an attacker may write it. */
export interface TarMember {
  readonly name: string
  /** File, hard link, symbolic link, character device, directory. */
  readonly type?: '0' | '1' | '2' | '3' | '5'
  readonly target?: string
  readonly text?: string
  readonly mode?: number
  readonly id?: number
}

const BLOCK = 512

/** An archive with these members; whole, unless told otherwise. */
export function tarOf(members: readonly TarMember[], end = 2 * BLOCK): Buffer {
  return Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(end)])
}

/** The root of an operating system, with more. */
export function systemTar(...more: readonly TarMember[]): Buffer {
  const directories = ['./', './usr/', './usr/sbin/', './etc/'].map((name): TarMember => ({ name, type: '5' }))
  const init: TarMember = { name: './usr/sbin/init', text: 'init', mode: 0o755 }
  return tarOf([...directories, init, { name: './etc/os-release', text: 'ID=debian' }, ...more])
}

function blocksOf({ name, type = '0', target = '', text = '', mode = 0o644, id = 0 }: TarMember): Buffer[] {
  const header = Buffer.alloc(BLOCK)
  const put = (value: string, at: number) => header.write(value, at, 'latin1')
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  put(name, 0)
  put(octal(type === '5' ? 0o755 : mode, 7) + octal(id, 7) + octal(id, 7), 100)
  put(octal(text.length, 11) + octal(0, 11), 124)
  put(`        ${type}${target}`, 148)
  put('ustar\x0000', 257)
  // of a device: those of /dev/null
  put(octal(1, 7) + octal(3, 7), 329)
  put(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  )
  const content = Buffer.from(text)
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
}
