import { runOn } from '../../../../system/nodes/ssh.ts'
import type { System } from '../../../../system/system.ts'
import { allOf } from '../../../run/steps.ts'

/** What was done on the nodes, so that it can be taken back. */
export interface Journal {
  /** Ends the names of copies; the same in all of one run. */
  readonly mark: string
  /** Noted before it is done where `undo` bears that nothing was. */
  note(node: string, undo: () => Promise<unknown>): void
  /** The last thing first on each node; on all nodes at once. */
  undo(): Promise<void>
}

export function journal(mark: string): Journal {
  const byNode = new Map<string, (() => Promise<unknown>)[]>()
  return {
    mark,
    note: (node, undo) => byNode.set(node, [undo, ...(byNode.get(node) ?? [])]),
    undo: () =>
      allOf(
        [...byNode.values()].map(async undos => {
          for (const undo of undos) await undo()
        }),
      ),
  }
}

/** The text of a file on a node; undefined when there is none. */
export async function textOn(system: System, node: string, path: string): Promise<string | undefined> {
  const { status, stdout } = await runOn(system, node, ['cat', '--', path], { looks: true, accepted: [0, 1] })
  return status === 0 ? stdout : undefined
}

/** Writes a file on a node; what was there before stays beside it. */
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

/** Copies what is at the path, be it a file, a directory or nothing, beside it. */
export async function setAside(system: System, node: string, path: string, noted: Journal): Promise<void> {
  const { status } = await runOn(system, node, ['test', '-e', path], { looks: true, accepted: [0, 1] })
  const remove = (what: string) => runOn(system, node, ['rm', '-rf', what])
  if (status === 1) return noted.note(node, () => remove(path))
  const copy = `${path}.backup-${noted.mark}`
  // a copy that is not whole is not what is to be put back
  noted.note(node, () => remove(copy))
  await runOn(system, node, ['cp', '--archive', path, copy])
  noted.note(node, async () => {
    await remove(path)
    await runOn(system, node, ['mv', copy, path])
  })
}
