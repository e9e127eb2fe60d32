import { dirname } from 'node:path'
import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/*
 * Files on a node that contain a secret. From the first moment only root may read them, they are replaced atomically, and their
 * text appears on no command line and in no output.
 */

interface PrivateText {
  readonly file: string
  readonly text: string
  /** The whole file is a secret; otherwise the keyword before the secret identifies it (secret-text.ts). */
  readonly isSecret?: true
}

/** Writes the text to a draft beside the file, which nothing reads. */
export async function writeDraft(system: System, node: string, { file, text, ...rest }: PrivateText): Promise<void> {
  const draft = draftOf(file)
  // create it empty first, so that its permissions are set before the secret is in it
  await runOn(system, node, ['install', '--mode=600', '--', '/dev/null', draft])
  await runOn(system, node, ['dd', 'status=none', 'conv=fsync', `of=${draft}`], { input: text, ...rest })
}

/** Replaces the file by the draft. */
export async function putInPlace(system: System, node: string, file: string): Promise<void> {
  await runOn(system, node, ['mv', '-T', '--', draftOf(file), file])
  await runOn(system, node, ['sync', '--', dirname(file)])
}

/** The path of a file's draft. */
export function draftOf(file: string): string {
  return `${file}.new`
}

/** Removes files, which need not exist. */
export async function removeFiles(system: System, node: string, files: readonly string[]): Promise<void> {
  await runOn(system, node, ['rm', '-f', '--', ...files])
}
