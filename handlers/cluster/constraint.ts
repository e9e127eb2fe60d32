import { byId, idOf } from '../../cloud/cib/elements.ts'
import { type Fenced, fenceConstraintElement } from '../../cloud/cib/lost-nodes/fence-constraint.ts'
import { currentRole } from '../../cloud/cib/roles.ts'
import { child, descendants, type Element, printXml } from '../../cloud/xml.ts'
import { fenceConstraintId } from '../../system/drbd/fence-constraint.ts'
import { cibadmin } from '../../system/pacemaker/cib/cib.ts'
import { crmExit } from '../../system/pacemaker/exit-status.ts'
import { fencePath } from '../../system/pacemaker/fence-path.ts'
import { type Finished, runToSuccess, type System } from '../../system/system.ts'

/*
 * The constraint that allows only one node to be promoted or, of three sides, those that have all data. Pacemaker applies the changes of
 * all nodes in the same order everywhere. Each change here is one operation that succeeds only if the constraint is unchanged since it
 * was read. Every call of a handler leaves its own mark in it, so that an earlier decision is never applied to a later constraint.
 */

/** A constraint in the CIB. */
export interface PlacedConstraint {
  readonly id: string
  /** The nodes that may be promoted; undefined if the constraint does not have this form. */
  readonly allowed: readonly string[] | undefined
  /** Distinguishes it from a constraint that another call placed: the id of its first expression. */
  readonly mark: string
}

/** The resource, the node and the call of a constraint. */
export interface Wanted extends Fenced {
  readonly node: string
}

/** Undefined if there is none. */
export function placedConstraint(cib: Element, { resource, clone }: Wanted): PlacedConstraint | undefined {
  const id = fenceConstraintId(resource, clone)
  const found = byId(child(child(cib, 'configuration'), 'constraints'), ['rsc_location'], id)
  if (found === undefined) return undefined
  const expressions = descendants(found, 'expression')
  const [first] = expressions
  return { id, allowed: allowedIn(found, clone), mark: first === undefined ? '' : idOf(first) }
}

/** `not these nodes` in one rule that bans the promoted role. */
function allowedIn(constraint: Element, clone: string): string[] | undefined {
  const [rule, ...others] = constraint.children
  if (rule === undefined || others.length > 0 || constraint.attributes.rsc !== clone) return undefined
  const { role, score } = rule.attributes
  const isBan = rule.name === 'rule' && currentRole(role ?? '') === 'Promoted' && score === '-INFINITY'
  const isException = ({ name, attributes }: Element) =>
    name === 'expression' && attributes.attribute === '#uname' && attributes.operation === 'ne'
  if (!isBan || rule.children.length === 0 || !rule.children.every(isException)) return undefined
  return rule.children.map(({ attributes }) => attributes.value ?? '')
}

/** Time limit of one change; while Pacemaker elects a coordinator it may need longer, and the change is retried. */
const CHANGE_SECONDS = 10

/**
 * Places the constraint that allows these nodes. Returns false if any constraint with that id already exists.
 * @throws ToolFailed
 */
export async function placeConstraint(
  system: System,
  { cib, wanted, allowed }: { readonly cib: Element; readonly wanted: Wanted; readonly allowed: readonly string[] },
): Promise<boolean> {
  const place = ['--create', '--scope', 'constraints', '--xml-pipe']
  const input = printXml(fenceConstraintElement(cib, wanted, allowed))
  return (await change(system, place, { input, accepted: [0, crmExit.exists] })).status === 0
}

interface Renewal {
  readonly cib: Element
  readonly seen: PlacedConstraint
  readonly wanted: Wanted
  readonly allowed: readonly string[]
}

/**
 * Sets the mark of this call, and these nodes, in the constraint that was seen. Returns false if that no longer exists.
 * @throws ToolFailed
 */
export async function renewConstraint(system: System, { cib, seen, wanted, allowed }: Renewal): Promise<boolean> {
  const renew = ['--replace', '--xpath', fencePath(seen), '--xml-pipe']
  const input = printXml(fenceConstraintElement(cib, wanted, allowed))
  return (await change(system, renew, { input, accepted: [0, crmExit.noSuchElement] })).status === 0
}

/** Removes the constraint if it is the one that was seen. @throws ToolFailed */
async function removeConstraint(system: System, seen: PlacedConstraint): Promise<void> {
  await change(system, ['--delete', '--xpath', fencePath(seen)], { accepted: [0, crmExit.noSuchElement] })
}

/**
 * Makes the constraint that was seen allow these nodes, and removes it if these are all; undefined leaves it as it is. Returns false if it
 * no longer exists.
 * @throws ToolFailed
 */
export async function allowOnly(
  system: System,
  renewal: Omit<Renewal, 'allowed'>,
  allowed: readonly string[] | 'all' | undefined,
): Promise<boolean> {
  if (allowed === undefined) return true
  if (allowed !== 'all') return renewConstraint(system, { ...renewal, allowed })
  await removeConstraint(system, renewal.seen)
  return true
}

function change(
  system: System,
  args: readonly string[],
  options: { readonly input?: string; readonly accepted: readonly number[] },
): Promise<Finished> {
  const bounded = { ...options, timeoutSeconds: CHANGE_SECONDS + 3 }
  return runToSuccess(system, cibadmin, [...args, '--timeout', String(CHANGE_SECONDS)], bounded)
}
