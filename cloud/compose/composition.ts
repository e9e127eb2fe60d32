/*
 * The resources and constraints of one cloud, in Pacemaker's terms but in no syntax: cib-xml.ts, crm-text.ts and
 * pcs-commands.ts print it.
 */

export interface Composition {
  /** Bottom of the stack first. */
  readonly resources: readonly (Clone | Group)[]
  readonly constraints: readonly Constraint[]
}

export interface Clone {
  readonly kind: 'clone'
  readonly id: string
  readonly primitive: Primitive
  readonly meta: Attributes
}

export interface Group {
  readonly kind: 'group'
  readonly id: string
  /** In the order in which they start. */
  readonly primitives: readonly Primitive[]
  readonly meta: Attributes
}

export interface Primitive {
  readonly id: string
  readonly provider: string
  readonly type: string
  readonly parameters: Attributes
  readonly operations: readonly Operation[]
  readonly meta?: Attributes
}

export interface Operation {
  readonly name: string
  /** In milliseconds; 0 for an operation that does not recur. */
  readonly intervalMs: number
  readonly timeoutSeconds: number
  readonly role?: ResourceRole
  /** OCF_CHECK_LEVEL of a monitor that checks more than the state. */
  readonly checkLevel?: 10
}

type ResourceRole = 'Promoted' | 'Unpromoted'
export type Attributes = Readonly<Record<string, string>>

export type Constraint = Rule | Preference | Colocation | Order

/** The score of the nodes where the expressions are true; `-INFINITY` bans the resource from them. */
export interface Rule {
  readonly kind: 'rule'
  readonly id: string
  readonly resource: string
  readonly score: number | '-INFINITY'
  readonly join: 'and' | 'or'
  readonly expressions: readonly Expression[]
}

export type Expression =
  | { readonly attribute: string; readonly operation: 'ne'; readonly value: string }
  | { readonly attribute: string; readonly operation: 'not_defined' }

/** A node with a higher score is preferred to one with a lower score. */
export interface Preference {
  readonly kind: 'preference'
  readonly id: string
  readonly resource: string
  readonly node: string
  readonly score: number
}

/** Only where the other resource runs, in that role if one is given. */
interface Colocation {
  readonly kind: 'colocation'
  readonly id: string
  readonly resource: string
  readonly with: string
  readonly withRole?: ResourceRole
}

interface Order {
  readonly kind: 'order'
  readonly id: string
  readonly force: 'Mandatory' | 'Optional'
  readonly first: OrderStep
  readonly second: OrderStep
  /** Whether the opposite actions have the reverse order. */
  readonly symmetrical: boolean
}

export interface OrderStep {
  readonly resource: string
  readonly action: 'start' | 'stop' | 'promote'
}
