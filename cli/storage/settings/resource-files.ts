import type { Cloud } from '../../../cloud/cloud.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { replaceResourceFile, restoreResourceFile } from '../../clouds/creation/resource-file.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { runJobs } from '../../run/jobs.ts'
import { withClusterLock } from '../../run/lock.ts'
import { allOf, runSteps, type Step, type Work } from '../../run/steps.ts'

/** A change of the DRBD configuration of an existing storage. */
export interface FileChange {
  readonly cloud: Cloud
  /** The current file, by node. */
  readonly texts: ReadonlyMap<string, string>
  /** The new file of each node that gets one. */
  readonly newTexts: ReadonlyMap<string, string>
}

/** A verb's change to the files of each storage. */
interface FileVerb<Change extends FileChange> {
  /** The message about a storage when it is done. */
  readonly outcome: string
  readonly changeOf: (system: System, cloud: Cloud) => Promise<Change>
  readonly stepsOf: (work: Work, change: Change) => Step[]
}

/** Changes the files of the storages that a call names; changes nothing unless all can be changed. */
export async function changeFiles<Change extends FileChange>(call: Call, verb: FileVerb<Change>): Promise<void> {
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    const clouds = selectClouds(call.value, (await readCib(work.system)).cluster)
    if (clouds.length === 0) throw new RangeError('there are no storages')
    const changes = await Promise.all(clouds.map(cloud => verb.changeOf(work.system, cloud)))
    const jobs = changes.map(change => ({
      name: change.cloud.name,
      outcome: verb.outcome,
      run: (print: Work['print']) => runSteps(verb.stepsOf({ ...work, print }, change), work),
    }))
    await runJobs(call.terminal, work, jobs)
  })
}

/**
 * A change that leaves the same text on all nodes.
 * @throws RangeError with `advice` for files that an operator has changed, for which `changed` returns undefined.
 */
export async function fileChange(
  system: System,
  cloud: Cloud,
  { changed, advice }: { readonly changed: (text: string) => string | undefined; readonly advice: string },
): Promise<FileChange> {
  const { name, storageNodes } = cloud
  const texts = await resourceTexts(system, cloud)
  const [newText, ...others] = storageNodes.map(node => changed(texts.get(node) ?? ''))
  if (newText === undefined || others.some(other => other !== newText))
    throw new RangeError(
      `${resourceFile(name)} differs from what vhacs wrote, or between ${joinedNames(storageNodes)}: ${advice}`,
    )
  return { cloud, texts, newTexts: new Map(storageNodes.map(node => [node, newText])) }
}

/** The files of a storage, by node. Reads only. */
export async function resourceTexts(system: System, { name, storageNodes }: Cloud): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const node of storageNodes) {
    const { stdout } = await runOn(system, node, ['cat', '--', resourceFile(name)], { looks: true })
    texts.set(node, stdout)
  }
  return texts
}

/** Replaces the files on the nodes that get new ones; `afterUndo` runs after the old ones are restored. */
export function replaceStep(
  { system }: Work,
  { cloud, texts, newTexts }: FileChange,
  { writing, afterUndo }: { readonly writing: string; readonly afterUndo?: () => Promise<unknown> },
): Step {
  const nodes = [...newTexts.keys()]
  return {
    name: `writing ${writing} of ${cloud.name} on ${joinedNames(nodes)}`,
    run: () => allOf([...newTexts].map(([node, text]) => replaceResourceFile(system, node, cloud, text))),
    undo: async () => {
      await allOf(nodes.map(node => restoreResourceFile(system, node, cloud, texts.get(node) ?? '')))
      await afterUndo?.()
    },
  }
}
