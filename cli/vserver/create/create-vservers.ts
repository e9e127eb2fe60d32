import { readCib } from '../../clouds/read-cib.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { runJobs } from '../../run/jobs.ts'
import { withClusterLock } from '../../run/lock.ts'
import type { Image } from '../image/image.ts'
import { requestedImage } from '../image/requested-image.ts'
import { createVserver } from './create-vserver.ts'
import { plannedVservers } from './plan.ts'
import { requestOf } from './request.ts'
import { requireFreeAddress, requireRoom, siteNotes, siteOn } from './site.ts'

/** vhacs vserver --create */
export async function createVservers(call: Call): Promise<void> {
  const { system, terminal } = call
  const request = requestOf(call)
  const image = await imageOf(call, request.names.length)
  // fails where Pacemaker does not run, before there is a lock
  await siteOn(system, request.storage, (await readCib(system)).cluster)
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    const reading = interruptible(system, work.interruption)
    const { cluster } = await readCib(reading)
    const site = await siteOn(reading, request.storage, cluster)
    for (const note of await siteNotes(reading, site, cluster)) terminal.print(note)
    if (request.address) await requireFreeAddress(reading, site, request.address.address, cluster)
    const planned = await plannedVservers(reading, cluster, { request, site, hasImage: image !== undefined })
    const images = planned.filter(({ from }) => from === 'image').length
    await requireRoom(reading, site, images * (image?.leastBytes ?? 0))
    const jobs = planned.map(one => ({
      name: one.vserver.name,
      outcome: 'is created',
      run: (print: (line: string) => void) => createVserver({ ...work, print }, one, site.cloud, image),
    }))
    await runJobs(terminal, work, jobs)
  })
}

async function imageOf(call: Call, count: number): Promise<Image | undefined> {
  const { options } = call
  if (textOf(options, 'image') === undefined && textOf(options, 'suite') === undefined) return undefined
  const image = await requestedImage(call)
  if (image.isReadOnce && count > 1)
    throw new RangeError(`${image.what} can be read only once: name a file for several vservers`)
  return image
}
