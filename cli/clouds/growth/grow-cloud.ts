import type { Cloud } from '../../../cloud/cloud.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import { clientDisksOn, growFilesystem, rescanDisk } from '../../../system/nodes/disk/client-disk.ts'
import { coversVolume, drbdSizesOn, growDrbd, noteMetadata } from '../../../system/nodes/disk/drbd-size.ts'
import { extendVolume } from '../../../system/nodes/disk/volume-room.ts'
import type { System } from '../../../system/system.ts'
import { allOf, runSteps, type Step, type Work } from '../../run/steps.ts'
import { activeResources, poll } from '../lifecycle.ts'
import type { GrowthFacts, Side } from './facts.ts'
import { type GrowthPlan, isFilled } from './plan.ts'
import { roughSize } from './rough-size.ts'

/** How long DRBD may take to move its meta-data on both sides: it writes the bitmap, 32 MiB for each TiB. */
const DRBD_SECONDS = 300
/** How long the initiator may take, also when its session is just being established again. */
const DISK_SECONDS = 120

/** What is to be done with a cloud, and what it was planned for. */
export interface Growth {
  readonly facts: GrowthFacts
  readonly plan: GrowthPlan
}

/**
 * Grows a cloud from the volumes to the file system, while it is used. Nothing is undone if a step fails: what remains is found by looking
 * at the sizes again. The new area may still be resyncing when it is done.
 * @throws StepFailed
 */
export async function growCloud(work: Work, growth: Growth): Promise<void> {
  await runSteps([...drbdSteps(work, growth), ...diskSteps(work, growth), ...filesystemSteps(work, growth)], work)
}

function drbdSteps({ system, interruption }: Work, { facts, plan }: Growth): Step[] {
  const { cloud, sides, exporter } = facts
  const { volumeBytes, extended, noted, isDrbdDue } = plan
  const { name } = cloud
  if (!isDrbdDue) return []
  const volume = `${cloud.volumeGroup}/${name}`
  const note = (those: readonly Side[]) => ({
    name: `noting where DRBD's meta-data of ${name} are on ${nodesOf(those)}`,
    run: () => allOf(those.map(({ node }) => noteMetadata(system, node, cloud.minor))),
  })
  const extend: Step = {
    name: `extending the volume ${volume} to ${formatSize(volumeBytes)} on ${nodesOf(extended)}`,
    run: () => allOf(extended.map(({ node }) => extendVolume(system, node, volume, volumeBytes))),
  }
  return [
    ...(noted.length > 0 ? [note(noted)] : []),
    ...(extended.length > 0 ? [extend] : []),
    { name: `growing DRBD of ${name} on ${exporter}`, run: () => growDrbd(system, exporter, name) },
    {
      name: `waiting until DRBD of ${name} has grown on ${nodesOf(sides)}`,
      waits: true,
      run: () =>
        poll(system, { seconds: DRBD_SECONDS, interruption }, async () => {
          const sizes = await drbdBytesOf(system, cloud)
          const small = sizes.filter(({ bytes }) => !coversVolume(bytes, volumeBytes))
          if (small.length === 0) return undefined
          const texts = small.map(({ node, bytes }) => `${roughSize(bytes)} on ${node}`)
          return `after ${DRBD_SECONDS} s it has ${texts.join(', ')}, on a volume of ${formatSize(volumeBytes)}`
        }),
    },
    note(sides),
  ]
}

async function drbdBytesOf(system: System, { storageNodes, minor }: Cloud) {
  const sides = storageNodes.map(async node => ({ node, bytes: (await drbdSizesOn(system, node)).get(minor) ?? 0 }))
  return Promise.all(sides)
}

/** LIO asks DRBD at each READ CAPACITY, but tells no initiator. */
function diskSteps(work: Work, { facts: { cloud, vhost }, plan }: Growth): Step[] {
  const { system, interruption, isDryRun } = work
  if (!plan.isDiskDue) return []
  const limit = { seconds: DISK_SECONDS, interruption }
  return [
    {
      name: `making ${vhost} read the size of the disk of ${cloud.name}`,
      run: () =>
        isDryRun
          ? rescanDisk(system, vhost, cloud.iqn)
          : poll(system, limit, async () => {
              const { mount: node } = partPlaces(cloud, await activeResources(system))
              if (node === undefined) return `${cloud.name} is not mounted`
              await rescanDisk(system, node, cloud.iqn)
              const wanted = Math.min(...(await drbdBytesOf(system, cloud)).map(({ bytes }) => bytes))
              const disk = await diskOn(system, node, cloud)
              if (disk === undefined) return `${cloud.name} is not mounted`
              if (disk.sizeBytes >= wanted) return undefined
              return `${disk.device} on ${node} still has ${roughSize(disk.sizeBytes)}, not ${roughSize(wanted)}`
            }),
    },
  ]
}

function filesystemSteps({ system, isDryRun }: Work, { facts, plan }: Growth): Step[] {
  const { cloud, vhost, disk } = facts
  const { name, directory } = cloud
  if (!plan.isFilesystemDue) return []
  return [
    {
      name: `growing the file system of ${name} on ${vhost}`,
      run: async () => {
        if (isDryRun) return growFilesystem(system, vhost, disk.device)
        // it may have moved meanwhile
        const node = partPlaces(cloud, await activeResources(system)).mount ?? vhost
        const device = (await diskOn(system, node, cloud))?.device
        if (device === undefined) throw new Error(`${node} has no disk mounted at ${directory} any more`)
        await growFilesystem(system, node, device)
        const now = await diskOn(system, node, cloud)
        if (now === undefined || isFilled(now)) return
        const [has, of] = [now.filesystem?.sizeBytes ?? 0, now.sizeBytes].map(roughSize)
        throw new Error(`resize2fs succeeded, but the file system at ${directory} has ${has} of ${of}`)
      },
    },
  ]
}

/** Undefined when nothing is mounted there any more. */
async function diskOn(system: System, node: string, { directory }: Cloud) {
  return (await clientDisksOn(system, node, [directory])).get(directory)
}

function nodesOf(sides: readonly Side[]): string {
  return sides.map(({ node }) => node).join(' and ')
}
