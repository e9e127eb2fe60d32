import { readLine } from '../../../system/files.ts'
import { cgroupEvents } from '../../../system/nspawn/cgroup.ts'
import { containerOf } from '../../../system/nspawn/containers.ts'
import { cgroupOf, isLoaded, unitOf } from '../../../system/nspawn/unit.ts'
import { ifPresent, type System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import type { SamplesOf } from './part.ts'

/** The containers of vservers that this node runs, or is about to, from their control groups; nothing of their trees is read. */
export const containerSamples: SamplesOf = ({ system, vservers = [] }) =>
  vservers
    .filter(({ name }) => isLoaded(system, unitOf(name)) || cgroupEvents(system, cgroupOf(unitOf(name)))?.isPopulated)
    .map(
      ({ name: vserver, cloud: storage }) =>
        () =>
          samplesOf(system, { vserver, storage }),
    )

function samplesOf(system: System, labels: { readonly vserver: string; readonly storage: string }): Sample[] {
  const cgroup = cgroupOf(unitOf(labels.vserver))
  const memory = ifPresent(() => readLine(system, `${cgroup}/memory.current`))
  const microseconds = /^usage_usec (\d+)$/m.exec(ifPresent(() => system.read(`${cgroup}/cpu.stat`)) ?? '')?.[1]
  return [
    sample('container_state', 1, { ...labels, state: stateOf(system, labels.vserver) }),
    ...(memory === undefined ? [] : [sample('container_memory_bytes', Number(memory), labels)]),
    ...(microseconds === undefined
      ? []
      : [sample('container_cpu_seconds_total', Number(microseconds) / 1_000_000, labels)]),
  ]
}

/** As its agent sees it, without asking systemd. */
function stateOf(system: System, vserver: string): string {
  const container = containerOf(system, vserver)
  // its unit is loaded, so it is about to start, as after a reboot inside, or has ended
  if (container === undefined) return 'stopped'
  const { supervisor, init, isFrozen } = container
  if (supervisor === undefined) return 'killed'
  if (init === undefined) return 'changing'
  return isFrozen ? 'frozen' : 'running'
}
