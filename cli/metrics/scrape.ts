import { hostName } from '../../system/host-name.ts'
import type { System } from '../../system/system.ts'
import { messageOf } from '../run/steps.ts'
import { type Sample, sample } from './definitions.ts'
import { readConfiguration } from './parts/configuration.ts'
import { containerSamples } from './parts/container.ts'
import { drbdSamples } from './parts/drbd.ts'
import { filesystemSamples } from './parts/filesystem.ts'
import { pacemakerSamples, readMonitor } from './parts/pacemaker.ts'
import type { SamplesOf } from './parts/part.ts'
import { sessionSamples } from './parts/session.ts'
import { targetSamples } from './parts/target.ts'
import { volumeSamples } from './parts/volume.ts'

/** What is read separately; a fault in one leaves the others as they are. */
const PARTS = ['cib', 'pacemaker', 'volume', 'drbd', 'target', 'session', 'filesystem', 'container'] as const
type Part = (typeof PARTS)[number]

/** Why a part is incomplete. */
export interface Fault {
  readonly part: Part
  readonly why: string
}

export interface Scrape {
  readonly samples: readonly Sample[]
  readonly faults: readonly Fault[]
}

const LAYERS: Readonly<Partial<Record<Part, SamplesOf>>> = {
  volume: volumeSamples,
  drbd: drbdSamples,
  target: targetSamples,
  session: sessionSamples,
  filesystem: filesystemSamples,
  container: containerSamples,
}

/**
 * The metrics of this node. Runs crm_mon once, with DRBD 9 also drbdsetup once, and no other process: the configuration is read from
 * Pacemaker's own file, as agents do, and the layers are read from the kernel. What cannot be read is a fault; it never throws for that.
 */
export async function scrape(system: System): Promise<Scrape> {
  const begun = system.now()
  const faults: Fault[] = []
  const attempt = async <T>(part: Part, read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      faults.push({ part, why: messageOf(error) })
      return undefined
    }
  }
  // crm_mon runs while the rest is read, drbdsetup too
  const monitoring = attempt('pacemaker', () => readMonitor(system))
  const configuration = await attempt('cib', () => readConfiguration(system))
  const { clouds, vservers } = configuration?.snapshot.cluster ?? {}
  const node = { system, host: hostName(system), clouds, vservers: vservers?.complete }
  const samples: Sample[] = [...(configuration?.samples ?? [])]
  for (const [part, samplesOf] of Object.entries(LAYERS) as [Part, SamplesOf][])
    for (const storage of (await attempt(part, () => samplesOf(node))) ?? [])
      samples.push(...((await attempt(part, storage)) ?? []))
  const monitor = await monitoring
  if (monitor !== undefined)
    samples.push(...((await attempt('pacemaker', () => pacemakerSamples(monitor, configuration?.snapshot))) ?? []))
  const failed = new Set(faults.map(({ part }) => part))
  const success = PARTS.map(part => sample('scrape_success', !failed.has(part), { part }))
  const duration = sample('scrape_duration_seconds', (system.now() - begun) / 1000, {})
  const build = sample('build_info', 1, { version: VHACS_VERSION })
  return { samples: [build, ...samples, ...success, duration], faults }
}
