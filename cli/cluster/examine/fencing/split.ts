import { propertiesIn } from '../../../../cloud/cib/elements.ts'
import { isSingle, withoutPriority } from '../../../../cloud/cib/priorities.ts'
import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { PRIORITIES } from '../../../../cloud/compose/priorities.ts'
import { resourceIds, vserverIds } from '../../../../cloud/ids.ts'
import type { Element } from '../../../../cloud/xml.ts'
import { seconds } from '../../../../system/pacemaker/duration.ts'
import { fencingProperty, fencingPropertyName } from '../../../../system/pacemaker/fencing/properties.ts'
import { delaySeconds } from './delay.ts'
import type { Fencing } from './fencing.ts'
import type { SbdHeader } from './sbd-header.ts'

/** What a cluster lacks for one of two nodes to survive when they lose each other, and for that to be the one with the mounts. */
export interface MissingForSplit {
  /** Properties that are not set, or too short: `now` is undefined, or the value. */
  readonly properties: readonly { readonly name: string; readonly now: string | undefined; readonly seconds: number }[]
  /** Primitives that have none, by id. */
  readonly priorities: ReadonlyMap<string, number>
}

/** Where nodes are not fenced by sbd: what Pacemaker's documents take for a device that switches power. */
const OTHER_SECONDS = 15
/** Pacemaker's default of stonith-timeout. */
const DEFAULT_SECONDS = 60

/** `header` is that of sbd's disk; undefined where no node can read it, or there is none. */
export function missingForSplit(
  cib: Element,
  { clouds, vservers }: Pick<Cluster, 'clouds' | 'vservers'>,
  { fencing, header }: { readonly fencing: Fencing; readonly header: SbdHeader | undefined },
): MissingForSplit {
  const ids = clouds.map(({ name }) => resourceIds(name))
  const wanted = new Map([
    ...tieBreakers(cib, fencing).map(id => [id, PRIORITIES.fencing] as const),
    ...ids.flatMap(({ target, filesystem }) => [
      [target, PRIORITIES.export] as const,
      [filesystem, PRIORITIES.mount] as const,
    ]),
    ...vservers.complete.map(({ name }) => [vserverIds(name).container, PRIORITIES.container] as const),
  ])
  const priorities = withoutPriority(cib, [...wanted.keys()]).map(id => [id, wanted.get(id) ?? 0] as const)
  return { properties: missingProperties(cib, fencing, header), priorities: new Map(priorities) }
}

/** One device is enough, unless it has a priority: more of them would run on both nodes. */
function tieBreakers(cib: Element, { devices }: Fencing): string[] {
  const single = devices.filter(id => isSingle(cib, id))
  return withoutPriority(cib, single).length < single.length ? [] : single.slice(0, 1)
}

function missingProperties(cib: Element, { sbdDevices, addedSeconds }: Fencing, header: SbdHeader | undefined) {
  const properties = propertiesIn(cib)
  const version = properties.get('dc-version') ?? ''
  const bySbd = sbdDevices.length > 0 ? header : undefined
  // Pacemaker adds it on both sides
  const delay = (bySbd ? delaySeconds(bySbd) : OTHER_SECONDS) + addedSeconds
  const present = properties.get('priority-fencing-delay')
  const longest = Math.max(delay, seconds(present) ?? 0)
  const timeout = fencingProperty(properties, 'fencing-timeout', version)
  const wanted = [
    { name: 'priority-fencing-delay', now: present, seconds: delay, byDefault: 0 },
    {
      name: timeout?.name ?? fencingPropertyName('fencing-timeout', [version]),
      now: timeout?.value,
      // as sbd(8) asks for
      seconds: bySbd ? 2 * bySbd.messageSeconds + longest + addedSeconds : 0,
      byDefault: DEFAULT_SECONDS,
    },
  ]
  return wanted
    .filter(
      ({ now, seconds: needed, byDefault }) => (now === undefined ? byDefault : (seconds(now) ?? needed)) < needed,
    )
    .map(({ name, now, seconds: needed }) => ({ name, now, seconds: needed }))
}
