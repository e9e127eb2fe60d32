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
import { remountNote, remountOf } from './remount.ts'
import { requestOf } from './request.ts'
import { requireFreeAddress, requireRoom, siteNotes, siteOn } from './site.ts'

/** vhacs vserver --create */
export async function createVservers(call: Call): Promise<void> {
  const { system, terminal, options } = call
  const request = requestOf(call)
  const image = await imageOf(call, request.names.length)
  // fails where Pacemaker does not run, before there is a lock
  await siteOn(system, request.storage, (await readCib(system)).cluster)
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    const reading = interruptible(system, work.interruption)
    const { cluster } = await readCib(reading)
    const site = await siteOn(reading, request.storage, cluster)
    const remount = remountOf(site.cloud, cluster, {
      keepsNosuid: options['keep-nosuid'] === true,
      interrupts: options.interrupt === true,
    })
    for (const note of await siteNotes(reading, site, cluster, remount !== undefined)) terminal.print(note)
    if (request.address) await requireFreeAddress(reading, site, request.address.address, cluster)
    const planned = await plannedVservers(reading, cluster, { request, site, hasImage: image !== undefined })
    const images = planned.filter(({ from }) => from === 'image').length
    await requireRoom(reading, site, images * (image?.leastBytes ?? 0))
    if (remount) terminal.print(await remountNote(reading, remount, request.names))
    const jobs = planned.map((one, index) => ({
      name: one.vserver.name,
      outcome: 'is created',
      run: (print: (line: string) => void) =>
        createVserver({ ...work, print }, one, {
          cloud: site.cloud,
          image,
          remount: index === 0 ? remount : undefined,
        }),
    }))
    // nothing may be unpacked while the storage is mounted anew
    const atOnce = remount === undefined ? [jobs] : [jobs.slice(0, 1), jobs.slice(1)]
    for (const some of atOnce.filter(({ length }) => length > 0)) await runJobs(terminal, work, some)
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
