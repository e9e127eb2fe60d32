/** When something happened, and by whose log. */
export interface When {
  /** Milliseconds since the epoch, by the clock of the node whose log it is. */
  readonly at: number
  readonly log: string
}

/** A line of a node's log that says something about the storages or the nodes. */
export interface LogEvent extends When {
  readonly fact: Fact
}

export type Fact = Begun | Done | Found | MonitorFailed | NodeFact | Cause | ConnectionFact

export type Action = 'start' | 'stop' | 'promote' | 'demote'

/** The coordinator has an action begun. */
export interface Begun {
  readonly kind: 'begun'
  readonly action: Action
  /** Its id, without the number of an instance. */
  readonly resource: string
  readonly node: string
}

/** An action has ended. */
export interface Done {
  readonly kind: 'done'
  readonly action: Action
  readonly resource: string
  readonly node: string
  /** The number of the call, which a node counts from its boot. */
  readonly call: string
  readonly isOk: boolean
  /** Whether the coordinator logged it, else the node that acted. */
  readonly isOfCoordinator: boolean
  /** Whether the transition did not expect it any more, as when the coordinator reads a result once more. */
  readonly isLate?: true
}

/** A probe has found a resource running, as after Pacemaker alone was restarted. */
export interface Found {
  readonly kind: 'found'
  readonly resource: string
  readonly node: string
  readonly isPromoted: boolean
}

/** A monitor has found its resource failed. */
export interface MonitorFailed {
  readonly kind: 'monitorFailed'
  readonly resource: string
  readonly node: string
}

/** A node has left the membership or come back, its fencing was requested, or has ended. */
export interface NodeFact {
  readonly kind: 'lost' | 'member' | 'fencingRequested' | 'fenced' | 'fencingFailed'
  readonly node: string
  /** The node that fenced it. */
  readonly by?: string
}

/** Why an operator's move begins. */
export type Reason = 'standby' | 'shutdown' | 'rehearsal' | 'constraint'

interface Cause {
  readonly kind: 'cause'
  readonly reason: Reason
  /** The cloud that is moved; undefined if it may be any. */
  readonly cloud?: string
}

/** The kernel of an initiator has lost its connection to a target, or iscsid has it again. */
export interface ConnectionFact {
  readonly kind: 'lastAnswer' | 'connectionLost' | 'sessionBack'
  readonly iqn: string
  readonly node: string
}
