import { parseCloudName } from '../../cloud/names.ts'
import { confirm } from '../confirm.ts'
import { expandRanges } from '../ranges.ts'
import { parseSize } from '../sizes.ts'
import { type Call, textOf } from '../verbs.ts'
import { timedWork } from '../work.ts'
import { createCloud } from './create.ts'
import { destroyCloud } from './destroy.ts'
import { VOLUME_GROUP } from './volume-group.ts'

/** vhacs storage --create */
export async function createVerb(call: Call): Promise<void> {
  const { value, options } = call
  const nodesText = textOf(options, 'nodes')
  const nodes = nodesText === undefined ? undefined : expandRanges(nodesText)
  if (nodes !== undefined && nodes.length !== 2)
    throw new RangeError(`--nodes: two different nodes are expected, like --nodes alpha,beta, got "${nodesText}"`)
  const request = {
    name: parseCloudName(value),
    sizeBytes: parseSize(textOf(options, 'size') ?? ''),
    nodes,
    volumeGroup: VOLUME_GROUP,
  }
  const work = timedWork(call)
  await createCloud(work, request)
  if (!work.isDryRun) work.print(`${request.name} is mounted`)
}

/** vhacs storage --destroy */
export async function destroyVerb(call: Call): Promise<void> {
  const { value } = call
  await confirm(call, `lose all data on ${value}`)
  const work = timedWork(call)
  await destroyCloud(work, parseCloudName(value))
  if (!work.isDryRun) work.print(`${value} is gone`)
}
