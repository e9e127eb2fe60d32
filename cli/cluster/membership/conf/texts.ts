import { membershipIn, withMember, withoutMember } from './members.ts'

/** The corosync.conf of a cluster without a node and with it. */
export interface ConfTexts {
  readonly without: string
  /** Undefined while no node has it. */
  readonly withNode: string | undefined
}

/**
 * Both, from the files of all members: they are the same, except that a node may have been added to or removed from some of them
 * already, when a command was broken off.
 * @throws RangeError when they differ otherwise, and for a file that vhacs cannot extend.
 */
export function confTexts(texts: readonly string[], name: string): ConfTexts {
  const hasNode = (text: string) => membershipIn(text).members.some(member => member.name === name)
  const distinct = [...new Set(texts)]
  const [withNode, ...moreWith] = distinct.filter(hasNode)
  const [found, ...moreWithout] = distinct.filter(text => !hasNode(text))
  if (moreWith.length + moreWithout.length > 0) throw new RangeError('it is not the same on all nodes')
  if (withNode === undefined) return { without: found ?? '', withNode }
  const without = found ?? withoutMember(withNode, name)
  const member = membershipIn(withNode).members.find(one => one.name === name)
  const isOneChange = withoutMember(withNode, name) === without || (member && withMember(without, member) === withNode)
  if (!isOneChange) throw new RangeError('it is not the same on all nodes')
  return { without, withNode }
}
