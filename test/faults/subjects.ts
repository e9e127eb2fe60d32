import { script } from '../../system/nodes/script.ts'
import { runIdentity } from './container.ts'
import type { Injection } from './fault.ts'
import { nameOf, on } from './lab.ts'
import type { Layout } from './layout.ts'
import { mountIdentity } from './load.ts'

/* What has to outlive a fault: each node, each mount, and each container. */

export interface Subject {
  readonly storage: string
  readonly node: number
  /** The name of the container; undefined for the mount itself. */
  readonly container: string | undefined
  /** Where its writers write, as its node sees it. */
  readonly directory: string
}

export function subjectsOf({ storages, containers }: Layout): Subject[] {
  return [
    ...storages.map(({ name, mounter, directory }) => {
      return { storage: name, node: mounter, container: undefined, directory }
    }),
    ...containers.map(({ name, storage, node, directory }) => ({ storage, node, container: name, directory })),
  ]
}

export function subjectName({ storage, container }: Pick<Subject, 'storage' | 'container'>): string {
  return container === undefined ? storage : `${storage}, in the container ${container}`
}

/** Whether it has to outlive the fault. */
export function mustSurvive(
  { ends, remounts, stops }: Injection,
  { node, storage, container }: Pick<Subject, 'node' | 'storage' | 'container'>,
): boolean {
  return !ends.includes(node) && !remounts.includes(storage) && !(container !== undefined && stops.includes(container))
}

const BOOT = script`cat /proc/sys/kernel/random/boot_id`

/** By their names, what changes when they are stopped and started. */
export type Identities = ReadonlyMap<string, string>

export async function identitiesOf(layout: Layout): Promise<Identities> {
  const boots = layout.nodes.map(async node => [nameOf(node), await on(node, BOOT)] as const)
  const identities = subjectsOf(layout).map(async subject => {
    const { node, directory, container } = subject
    const identity = container === undefined ? await mountIdentity(node, directory) : await runIdentity(node, container)
    return [subjectName(subject), identity] as const
  })
  return new Map(await Promise.all([...boots, ...identities]))
}

/** What was stopped and started, although it had to outlive the fault. */
export function restarted(
  layout: Layout,
  {
    before,
    after,
    injection,
  }: { readonly before: Identities; readonly after: Identities; readonly injection: Injection },
): string[] {
  const nodes = layout.nodes.filter(node => !injection.ends.includes(node)).map(nameOf)
  const rebooted = nodes.filter(node => before.get(node) !== after.get(node)).map(node => `${node} was rebooted`)
  const survivors = subjectsOf(layout).filter(subject => mustSurvive(injection, subject))
  const stopped = survivors.flatMap(subject => {
    const name = subjectName(subject)
    if (isEndedBefore(before.get(name), injection) || before.get(name) === after.get(name)) return []
    return [
      subject.container === undefined
        ? `${name} was mounted again`
        : `the container ${subject.container} was restarted`,
    ]
  })
  return [...rebooted, ...stopped]
}

/** Whether it was, before the fault, on a node whose mounts the fault ended. */
function isEndedBefore(identity: string | undefined, { ends }: Injection): boolean {
  return ends.some(node => identity?.startsWith(`${node}:`))
}
