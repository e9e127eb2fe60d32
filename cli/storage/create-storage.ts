import { parseCloudName } from '../../cloud/names.ts'
import { parseSize } from '../../cloud/sizes.ts'
import { createRequested } from '../clouds/creation/create-requested.ts'
import { requestedSides } from '../clouds/creation/requested-sides.ts'
import { expandRanges } from '../command/name-ranges.ts'
import { type Call, textOf } from '../command/verb.ts'

/** vhacs storage --create */
export async function createStorages(call: Call): Promise<void> {
  const { value, options } = call
  const names = expandRanges(value).map(parseCloudName)
  const sizeBytes = parseSize(textOf(options, 'size') ?? '')
  await createRequested(call, { names, sizeBytes, ...requestedSides(options), isChapWanted: options.chap === true })
}
