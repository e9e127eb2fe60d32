import { textOn } from '../../../system/nodes/files/text.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { allOf } from '../../run/steps.ts'

/** The changes that were made on the nodes, so that they can be undone. */
export interface Journal {
  /** The suffix of the names of backups. */
  readonly timestamp: string
  /** Call it before the action if `undo` also works when the action has not happened. */
  note(node: string, undo: () => Promise<unknown>): void
  /** Undoes the changes in reverse order on each node, on all nodes at once. A failure does not prevent undoing the others. */
  undo(): Promise<void>
}

export function journal(timestamp: string): Journal {
  const byNode = new Map<string, (() => Promise<unknown>)[]>()
  return {
    timestamp,
    note: (node, undo) => byNode.set(node, [undo, ...(byNode.get(node) ?? [])]),
    undo: () => allOf([...byNode.values()].map(undoAll)),
  }
}

/** @throws the error of the first failure. */
async function undoAll(undos: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const undo of undos) await undo().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** Writes a file on a node; the previous one stays beside it as a backup. */
export async function putFile(
  system: System,
  node: string,
  { path, text }: { readonly path: string; readonly text: string },
  noted: Journal,
): Promise<void> {
  const before = await textOn(system, node, path)
  if (before === text) return
  await setAside(system, node, path, noted)
  await runOn(system, node, ['dd', 'status=none', 'conv=fsync', `of=${path}`], { input: text })
}

/** Backs up the path, whether it is a file, a directory or nothing. */
export async function setAside(system: System, node: string, path: string, noted: Journal): Promise<void> {
  const { status } = await runOn(system, node, ['test', '-e', path], { looks: true, accepted: [0, 1] })
  const remove = (what: string) => runOn(system, node, ['rm', '-rf', what])
  if (status === 1) return noted.note(node, () => remove(path))
  const backup = `${path}.backup-${noted.timestamp}`
  // an incomplete backup must not be restored
  noted.note(node, () => remove(backup))
  await runOn(system, node, ['cp', '--archive', path, backup])
  noted.note(node, async () => {
    await remove(path)
    await runOn(system, node, ['mv', backup, path])
  })
}
