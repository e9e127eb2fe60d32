import { membershipIn } from '../../../../system/corosync/conf/members.ts'
import { confTexts } from '../../../../system/corosync/conf/texts.ts'
import type { System } from '../../../../system/system.ts'
import { type Finding, onNode } from '../../examine/finding.ts'
import { unreachedFinding } from '../../init/findings/init-findings.ts'
import { unreachedFrom } from '../../init/input/probe.ts'
import { newcomerAddresses } from '../addresses.ts'
import { examinationsOf, type Situation } from '../situation.ts'

/**
 * Has the nodes ping each other over corosync's links, where one of the two is to join.
 * @throws RangeError for a corosync.conf that vhacs cannot extend, which another finding reports.
 */
export async function reachFindings(system: System, situation: Situation): Promise<Finding[]> {
  const { confs, newcomers } = situation
  const { members, links } = membershipIn(confTexts([...confs.values()], newcomers[0] ?? '').without)
  const ofMembers = members.map(({ name, addresses }) => [name, addresses] as const)
  const ofNewcomers = examinationsOf(situation, newcomers).flatMap(examined => {
    const addresses = newcomerAddresses(examined, members, links).map(address => address ?? '')
    return addresses.includes('') ? [] : [[examined.node, addresses] as const]
  })
  const ends = new Map([...ofMembers, ...ofNewcomers].map(([name, addresses]) => [name, addresses.map(endAt)]))
  const answers = await Promise.all(
    [...ends.keys()].map(async name => {
      const isMember = members.some(member => member.name === name)
      const asked = isMember
        ? new Map([...ends].filter(([other]) => other === name || newcomers.includes(other)))
        : ends
      return onNode(name, (await unreachedFrom(system, name, asked)).map(unreachedFinding))
    }),
  )
  return answers.flat()
}

/** For a ping only the address counts. */
function endAt(address: string) {
  return { interfaceName: '', address, prefixLength: 0 }
}
