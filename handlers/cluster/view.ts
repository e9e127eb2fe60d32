import { nodeState } from '../../cloud/cib/read/node-state.ts'
import { child, type Element, parseXml } from '../../cloud/xml.ts'
import { acceptedCall, isAccepted } from '../../system/drbd/fence-constraint.ts'
import { cibadmin } from '../../system/pacemaker/cib/cib.ts'
import { runToSuccess, type System } from '../../system/system.ts'
import type { Occasion } from '../environment.ts'
import { type PlacedConstraint, placedConstraint, type Wanted } from './constraint.ts'
import { type DrbdClone, drbdClone } from './drbd-clone.ts'
import { mayBePromoted } from './history.ts'
import { type FencingProperties, fencingProperties } from './properties.ts'
import { type Standing, standingOf } from './standing.ts'

/** The view of Pacemaker on this node of a resource and of the lost nodes. */
export interface ClusterView {
  readonly cib: Element
  readonly clone: DrbdClone
  readonly properties: FencingProperties
  readonly constraint: PlacedConstraint | undefined
  readonly peers: readonly PeerView[]
  /** The constraint that this call would place. */
  readonly wanted: Wanted
}

export interface PeerView {
  readonly name: string
  readonly standing: Standing
  readonly mayBePromoted: boolean
}

/** The node that runs the handler, and a unique mark of the call. */
export interface Caller {
  readonly node: string
  readonly call: string
}

const READ_SECONDS = 10

/**
 * Reads this node's copy of the CIB: it is available even while no coordinator is elected, and contains this node's own changes.
 * @throws RangeError for a resource that the cluster does not run, ToolFailed while Pacemaker does not answer.
 */
export async function clusterView(system: System, occasion: Occasion, caller: Caller): Promise<ClusterView> {
  const options = { timeoutSeconds: READ_SECONDS, looks: true } as const
  const { stdout } = await runToSuccess(system, cibadmin, ['--query', '--local'], options)
  return viewIn(parseXml(stdout), occasion, caller)
}

/** The same, from a CIB. */
function viewIn(cib: Element, { resource, peers }: Occasion, caller: Caller): ClusterView {
  const clone = drbdClone(cib, resource)
  const constraint = placedConstraint(cib, { resource, clone: clone.clone, ...caller })
  // the operator's word holds until the constraint is removed
  const hasWord = constraint !== undefined && isAccepted({ resource, clone: clone.clone, mark: constraint.mark })
  const call = hasWord ? acceptedCall(caller.call) : caller.call
  const wanted = { resource, clone: clone.clone, ...caller, call }
  const properties = fencingProperties(cib)
  const status = child(cib, 'status')
  return {
    cib,
    clone,
    properties,
    constraint,
    peers: peers.map(name => ({
      name,
      standing: standingOf(nodeState(status, name), properties),
      mayBePromoted: mayBePromoted(cib, name, clone.primitive),
    })),
    wanted,
  }
}
