import { booleanIn, propertiesIn } from '../../../cloud/cib/elements.ts'
import { nodeState } from '../../../cloud/cib/read/node-state.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { child, parseXml } from '../../../cloud/xml.ts'
import { hostName } from '../../../system/host-name.ts'
import { type CorosyncState, corosyncStateOn } from '../../../system/nodes/membership/corosync-state.ts'
import { type PacemakerService, pacemakerService } from '../../../system/nodes/membership/pacemaker-service.ts'
import { queryLocalCib } from '../../../system/pacemaker/cib/cib.ts'
import { seconds } from '../../../system/pacemaker/duration.ts'
import { fencingProperty } from '../../../system/pacemaker/fencing/properties.ts'
import type { System } from '../../../system/system.ts'

/** A node on which a new controller may be started. */
export interface Situation {
  readonly here: string
  readonly controller: NonNullable<PacemakerService['controller']>
  /** How long a controller waits for a coordinator before it starts an election, if it ends its wait at all. */
  readonly deadSeconds: number
  /**
   * The lost nodes that are present according to the CIB: nobody has recorded their loss. A new controller has never seen them, and would leave the
   * record as it is. The coordinator fences those that are recorded as lost itself.
   */
  readonly unrecorded: readonly string[]
  /** How long their fencing may take. */
  readonly fencingSeconds: number
}

/** Pacemaker's default for dc-deadtime. */
const DEFAULT_DEAD_SECONDS = 20
/** For a value of a form that is not read, such as ISO 8601. */
const LONG_DEAD_SECONDS = 600

/**
 * Reads whether a new controller may be started here.
 * @throws RangeError where that would be of no use, or where others, or pacemakerd itself, could reset the node for it.
 */
export async function readSituation(system: System, signal: AbortSignal): Promise<Situation> {
  const here = hostName(system)
  const [corosync, service, cib] = await Promise.all([
    corosyncStateOn(system, here),
    pacemakerService(system, signal),
    queryLocalCib(system, signal),
  ])
  const root = parseXml(cib)
  const properties = propertiesIn(root)
  const { controller } = service
  const why =
    serviceObstacle(here, service) ??
    clusterObstacle(here, corosync) ??
    (booleanIn(properties.get('maintenance-mode')) ? MAINTENANCE : undefined)
  if (why !== undefined) throw new RangeError(why)
  if (controller === undefined) throw new RangeError(withoutController(here))
  const isUnrecorded = (name: string) => {
    const state = nodeState(child(root, 'status'), name)
    return name !== here && state !== undefined && (state.isMember === true || state.isOnline)
  }
  return {
    ...{ here, controller, deadSeconds: deadSecondsIn(properties.get('dc-deadtime')) },
    unrecorded: corosync.configured.filter(isUnrecorded),
    fencingSeconds: fencingSecondsIn(properties),
  }
}

const MAINTENANCE =
  'the cluster is in maintenance mode, in which nothing is started anyway: end it first with "crm_attribute --name maintenance-mode --update false"'

function serviceObstacle(here: string, { activity, controller, isFailFast }: PacemakerService): string | undefined {
  if (activity !== 'active') return `Pacemaker on ${here} is ${activity}: it must be running`
  if (isFailFast)
    return `PCMK_fail_fast is set in /etc/default/pacemaker: ${here} would be reset; start the other nodes, or reboot ${here}`
  return controller === undefined ? withoutController(here) : undefined
}

function withoutController(here: string): string {
  return `pacemakerd on ${here} has no controller of its own: see "journalctl --unit pacemaker"`
}

/** Others that are in the cluster elect a coordinator with this node; and they would have it fenced while it has no controller. */
function clusterObstacle(here: string, { isRunning, isQuorate, members }: CorosyncState): string | undefined {
  const others = members.filter(name => name !== here)
  if (others.length > 0)
    return `${joinedNames(others)} ${others.length === 1 ? 'is' : 'are'} in the cluster, too: Pacemaker there elects a coordinator with this node; start it where it does not run ("systemctl start pacemaker")`
  if (isRunning && isQuorate && members.includes(here)) return undefined
  return `${here} has no quorum: start more nodes or, if they are lost for good, run "vhacs cluster --alone" on one that is left`
}

function deadSecondsIn(text: string | undefined): number {
  return text === undefined ? DEFAULT_DEAD_SECONDS : (seconds(text) ?? LONG_DEAD_SECONDS)
}

/** stonith_admin's default. */
const LEAST_FENCING_SECONDS = 120

function fencingSecondsIn(properties: ReadonlyMap<string, string>): number {
  const found = fencingProperty(properties, 'fencing-timeout', properties.get('dc-version') ?? '')
  return Math.max(LEAST_FENCING_SECONDS, Math.ceil(seconds(found?.value) ?? 0))
}
