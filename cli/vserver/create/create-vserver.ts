import { vserverCreationAttribute } from '../../../cloud/node-attributes.ts'
import { furnishTree, lacksOf } from '../../../system/nodes/trees/furnish.ts'
import { putTreeInPlace, removeMark, removeUnfinishedTree } from '../../../system/nodes/trees/place.ts'
import { unpackTree } from '../../../system/nodes/trees/unpack.ts'
import { setNodeAttribute } from '../../../system/pacemaker/cib/cib.ts'
import { copyProgress } from '../../clouds/copy-progress.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import type { Image } from '../image/image.ts'
import { forgetCreation } from './begun.ts'
import { addSteps, resumeSteps, type Target } from './cluster-steps.ts'
import type { PlannedVserver } from './plan.ts'

/**
 * Creates a vserver, or ends its creation. If a step fails, it and all earlier steps are undone.
 * @throws StepFailed
 */
export async function createVserver(
  work: Work,
  planned: PlannedVserver,
  { image, ...target }: Target & { readonly image: Image | undefined },
): Promise<void> {
  const steps = {
    image: () => [
      noteStep(work, planned),
      ...treeSteps(work, planned, image),
      ...addSteps(work, planned, target),
      endStep(work, planned),
    ],
    tree: () => addSteps(work, planned, target),
    'killed creation': () => [...resumeSteps(work, planned), endStep(work, planned)],
  }
  await runSteps(steps[planned.from](), work)
}

/** First and last in the cluster, because a node that dies forgets what it was doing. */
function noteStep({ system }: Work, { vserver: { name, cloud }, tree: { node } }: PlannedVserver): Step {
  const note = (value: string | undefined) => setNodeAttribute(system, node, vserverCreationAttribute(name), value)
  return { name: `noting that ${name} is being created`, run: () => note(cloud), undo: () => note(undefined) }
}

function treeSteps(work: Work, planned: PlannedVserver, image: Image | undefined): Step[] {
  const { system, interruption } = work
  const { vserver, tree } = planned
  if (image === undefined) return []
  return [
    {
      name: `unpacking ${image.what} to ${tree.directory} on ${tree.node}`,
      run: async () => {
        await removeUnfinishedTree(system, tree)
        const onProgress = copyProgress(work, undefined)
        const warnings = await unpackTree(system, tree, image.bytes(interruption), { signal: interruption, onProgress })
        for (const warning of warnings) work.print(`WARNING: ${tree.node}: ${warning}`)
      },
      undo: () => removeUnfinishedTree(system, tree),
    },
    { name: `checking the tree`, waits: true, run: () => requireBootable(work, planned) },
    {
      name: `giving ${vserver.name} a host name, a machine-id and name servers of its own`,
      run: () => furnishTree(system, tree, vserver.name),
    },
    { name: `moving the tree to ${tree.directory}`, run: () => putTreeInPlace(system, tree) },
  ]
}

/** @throws RangeError for a tree that does not run. */
async function requireBootable({ system }: Work, { vserver, tree }: PlannedVserver): Promise<void> {
  const lacks = await lacksOf(system, tree)
  if (lacks.includes('usr'))
    throw new RangeError('the image is not the root of an operating system: it has no directory usr')
  if (vserver.parameters.command === undefined && lacks.length > 0)
    throw new RangeError(
      `the image has no ${lacks.join(' and no ')}, so it does not boot: name a program of it with --command`,
    )
}

function endStep({ system }: Work, { vserver: { name }, tree }: PlannedVserver): Step {
  return {
    name: `noting that ${name} is complete`,
    run: async () => {
      await removeMark(system, tree)
      await forgetCreation(system, name)
    },
  }
}
