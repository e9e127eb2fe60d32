import { CIB_DIRECTORY } from '../cib-directory.ts'
import { ifPresent, type System } from '../system.ts'

/** A location constraint by which DRBD's fence-peer handler keeps a peer's old data from being promoted. */
export interface FenceConstraint {
  readonly id: string
  /** DRBD's resource. */
  readonly resource: string
  /** Pacemaker's promotable clone. */
  readonly clone: string
  /** Where it may still be promoted: values of #uname, or of another attribute if the handler is configured so. */
  readonly allowed: readonly string[]
  /** Distinguishes it from a constraint that another handler call placed: the id of its first expression. */
  readonly mark: string
}

/** The prefix of these constraints' ids; the names of resource and clone follow it. */
const PREFIX = 'drbd-fence-by-handler-'

/** The id of the constraint on a resource, the same as in DRBD's own scripts, so that each can remove the other's constraint. */
export function fenceConstraintId(resource: string, clone: string): string {
  return `${PREFIX}${resource}-${clone}`
}

/** How the name of a call begins that uses the data of one node on an operator's word, although another one may have newer ones. */
const ACCEPTED = 'accepted-'

/** The name of a call with that word. */
export function acceptedCall(call: string): string {
  return `${ACCEPTED}${call}`
}

/** Whether a mark has that word. Handlers keep it when they renew the constraint. */
export function isAccepted({ resource, clone, mark }: Pick<FenceConstraint, 'resource' | 'clone' | 'mark'>): boolean {
  return mark.startsWith(`${fenceConstraintId(resource, 'expr')}-${clone}-${ACCEPTED}`)
}

/**
 * The constraints in the text of a CIB that crm-fence-peer.sh, crm-fence-peer.9.sh and our handler placed. The CIB is searched as
 * text, because a monitor of a degraded resource must not load an XML parser.
 */
export function fenceConstraints(cib: string): FenceConstraint[] {
  return constraintsIn(cib).flatMap(text => {
    const [tag = ''] = text.split('>', 1)
    const id = attribute(tag, 'id')
    const clone = attribute(tag, 'rsc')
    const isOfHandler = clone !== '' && id.startsWith(PREFIX) && id.endsWith(`-${clone}`)
    if (!isOfHandler) return []
    const resource = id.slice(PREFIX.length, -clone.length - 1)
    const expressions = text.match(/<expression\b[^<>]*>/g) ?? []
    const excepted = expressions.filter(expression => attribute(expression, 'operation') === 'ne')
    const allowed = excepted.map(expression => attribute(expression, 'value'))
    return [{ id, resource, clone, allowed, mark: attribute(expressions[0] ?? '', 'id') }]
  })
}

/** The text between each `<rsc_location` and its end tag. */
function constraintsIn(cib: string): string[] {
  const [, ...begun] = cib.split(/<rsc_location\b/)
  return begun.flatMap(text => {
    const end = text.indexOf('</rsc_location>')
    return end < 0 ? [] : [text.slice(0, end)]
  })
}

function attribute(tag: string, name: string): string {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
}

/**
 * The constraint on a resource, from the copy of the CIB that Pacemaker keeps on each node; undefined when none exists.
 * Reads cib.xml in CIB_DIRECTORY, which Pacemaker writes some moments after the CIB has changed.
 */
export function fenceConstraintOn(system: System, resource: string): FenceConstraint | undefined {
  const cib = ifPresent(() => system.read(`${CIB_DIRECTORY}/cib.xml`)) ?? ''
  // every monitor reads this, and there is almost never such a constraint
  if (!cib.includes(`${PREFIX}${resource}-`)) return undefined
  return fenceConstraints(cib).find(constraint => constraint.resource === resource)
}
