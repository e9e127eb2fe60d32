import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { draftOf, putInPlace, removeFiles, writeDraft } from '../../../system/nodes/files/private-files.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'

/**
 * A new secret of 128 bits, the most that RFC 7143 (section 12.1.3) requires every implementation to accept, in 32 hexadecimal
 * digits.
 */
export function newChapSecret(): string {
  return randomBytes(16).toString('hex')
}

/** Writes a secret file as the agents require it, in a directory that only root may enter. */
export async function writeSecretFile(system: System, node: string, file: string, text: string): Promise<void> {
  // a directory that exists keeps its permissions
  await runOn(system, node, ['mkdir', '--parents', '--mode=700', '--', dirname(file)])
  await writeDraft(system, node, { file, text, isSecret: true })
  await putInPlace(system, node, file)
}

/** The text of such a file. */
export async function readSecretFile(system: System, node: string, file: string): Promise<string> {
  const { stdout } = await runOn(system, node, ['cat', '--', file], { looks: true, isSecret: true, timeoutSeconds: 20 })
  return stdout
}

/** Removes such a file, which need not exist, and the remains of a failed write. */
export async function removeSecretFile(system: System, node: string, file: string): Promise<void> {
  await removeFiles(system, node, [file, draftOf(file)])
}
