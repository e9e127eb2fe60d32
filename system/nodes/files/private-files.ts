import { dirname } from 'node:path'
import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/*
 * Files on a node that contain a secret: root alone may read them from the first moment, they appear as a whole, and their text is
 * on no command line and in no output.
 */

interface PrivateText {
  readonly file: string
  readonly text: string
  /** It is nothing but a secret; otherwise the secret in it is known by the word before it (secret-text.ts). */
  readonly isSecret?: true
}

/** Writes the text beside the file; nothing reads it there. */
export async function writeDraft(system: System, node: string, { file, text, ...rest }: PrivateText): Promise<void> {
  const draft = draftOf(file)
  // an empty one first, that has its permissions before it has the secret
  await runOn(system, node, ['install', '--mode=600', '--', '/dev/null', draft])
  await runOn(system, node, ['dd', 'status=none', 'conv=fsync', `of=${draft}`], { input: text, ...rest })
}

/** Puts the draft in the place of the file. */
export async function putInPlace(system: System, node: string, file: string): Promise<void> {
  await runOn(system, node, ['mv', '-T', '--', draftOf(file), file])
  await runOn(system, node, ['sync', '--', dirname(file)])
}

/** Where the draft of a file is. */
export function draftOf(file: string): string {
  return `${file}.new`
}

/** Removes files, which need not exist. */
export async function removeFiles(system: System, node: string, files: readonly string[]): Promise<void> {
  await runOn(system, node, ['rm', '-f', '--', ...files])
}
