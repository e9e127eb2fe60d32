import type { Cloud } from '../../../cloud/cloud.ts'
import { parseCloudName } from '../../../cloud/names.ts'
import { volumeRoom } from '../../../system/nodes/disk/volume-room.ts'
import { createRequested } from '../../clouds/creation/create-requested.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { chooseNewClouds } from '../../clouds/resolve/new-clouds.ts'
import { selectClouds } from '../../clouds/select.ts'
import { withCopySource } from '../../clouds/snapshots/with-copy-source.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { contentOf } from './content-of.ts'
import { requestedCopy } from './new-storage.ts'
import { parseSourceName } from './source-name.ts'

/** vhacs storage --clone */
export async function cloneStorage(call: Call): Promise<void> {
  const { value, operand = '' } = call
  const wanted = parseSourceName(value)
  const name = parseCloudName(operand)
  const work = timedWork(call)
  await refuseEarly(call, wanted.storage, name)
  await withCopySource(work, wanted, async source => {
    const content = await contentOf(work, source)
    await createRequested(call, requestOf(call, name, source.cloud, content), { content, work })
  })
}

/** What is known to be impossible before there is a snapshot. @throws RangeError */
async function refuseEarly(call: Call, storage: string, name: string): Promise<void> {
  const reading = interruptible(call.system, call.terminal.interruption)
  for (const cloud of selectClouds(storage, (await readCib(reading)).cluster)) {
    const { volumeGroup, storageNodes } = cloud
    const { sizeBytes } = await volumeRoom(reading, storageNodes[0], `${volumeGroup}/${cloud.name}`)
    await chooseNewClouds(reading, requestOf(call, name, cloud, { volumeBytes: sizeBytes, fileSystemBytes: 0 }))
  }
}

function requestOf(
  { options }: Call,
  name: string,
  { mountOptions, chap }: Cloud,
  sizes: { readonly volumeBytes: number; readonly fileSystemBytes: number },
) {
  return requestedCopy(name, options, { ...sizes, mountOptions, hasChap: chap !== undefined })
}
