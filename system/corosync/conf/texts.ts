import { membershipIn, nodeNamesIn, withMember, withoutMember } from './members.ts'

/** The corosync.conf of a cluster without a node and with it. */
export interface ConfTexts {
  readonly without: string
  /** Undefined while no node has it. */
  readonly withNode: string | undefined
}

/**
 * Both, from the files of all members: they are the same, except that a node may have been added to or removed from some of them
 * already, when a command was broken off.
 * @throws RangeError when they differ otherwise, and for a file that vhacs cannot change.
 */
export function confTexts(texts: readonly string[], name: string): ConfTexts {
  const hasNode = (text: string) => nodeNamesIn(text).includes(name)
  const distinct = [...new Set(texts)]
  const [withNode, ...moreWith] = distinct.filter(hasNode)
  const [found, ...moreWithout] = distinct.filter(text => !hasNode(text))
  if (moreWith.length + moreWithout.length > 0) throw new RangeError('it is not the same on all nodes')
  if (withNode === undefined) return { without: found ?? '', withNode }
  const without = found ?? withoutMember(withNode, name)
  const isAdded = () => {
    const member = membershipIn(withNode).members.find(one => one.name === name)
    return member !== undefined && withMember(without, member) === withNode
  }
  if (withoutMember(withNode, name) !== without && !isAdded()) throw new RangeError('it is not the same on all nodes')
  return { without, withNode }
}
