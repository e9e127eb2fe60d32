import { isNodeIn } from '../../../../cloud/change/remove-node.ts'
import { parseCorosyncConf } from '../../../../system/corosync/conf/corosync-conf.ts'
import { membershipIn } from '../../../../system/corosync/conf/members.ts'
import { confTexts } from '../../../../system/corosync/conf/texts.ts'
import type { Examination } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'
import { membershipFindings } from '../../init/findings/membership-findings.ts'
import { corosyncConfIn, membershipOf } from '../../init/input/membership.ts'
import { newcomerAddresses } from '../addresses.ts'
import type { Situation } from '../situation.ts'

/** A node that belongs to another cluster, or that this one cannot reach by its links. */
export function newcomerFindings(examined: Examination, situation: Situation): NodeFinding[] {
  const { node } = examined
  const texts = textsOf(situation, node)
  if (texts === undefined) return []
  const isBegun = texts.withNode !== undefined || isPreparedFor(examined, texts.without)
  const isKnown = texts.withNode === undefined && isNodeIn(situation.snapshot.root, node)
  return [
    ...(isBegun ? [] : membershipFindings(examined)),
    ...(isKnown ? [entryLeft(node)] : []),
    ...(texts.withNode === undefined ? addressFindings(examined, texts.without) : []),
  ]
}

function entryLeft(node: string): NodeFinding {
  const todo = `if it was that node, remove the entry first: vhacs cluster --part ${node}`
  return error('the CIB still has an entry of a node of this name', todo)
}

/** Undefined for files that are a finding of their own. */
function textsOf({ confs }: Situation, node: string) {
  try {
    return confTexts([...confs.values()], node)
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined
    throw thrown
  }
}

/** Whether a join that was broken off has given the node this cluster's configuration, without starting it. */
export function isPreparedFor(examined: Examination, without: string): boolean {
  const { cluster, active } = membershipOf(examined)
  const own = parseCorosyncConf(without)
  const names = [...own.nodes.map(({ name }) => name), examined.node]
  return (
    cluster !== undefined &&
    active.length === 0 &&
    cluster.clusterName === own.clusterName &&
    parseCorosyncConf(corosyncConfIn(examined)).nodes.every(({ name }) => names.includes(name))
  )
}

function addressFindings(examined: Examination, without: string): NodeFinding[] {
  const { members, links } = membershipIn(without)
  const found = newcomerAddresses(examined, members, links)
  return found.flatMap((address, link) => {
    const others = members.map(({ addresses }) => addresses[link] ?? '')
    const todo = 'give it one, set up so at each boot, or correct corosync.conf on the other nodes'
    if (address === undefined)
      return [error(`has no address in the network of corosync's link ${link} (${others.join(', ')})`, todo)]
    const owner = members.find(({ addresses }) => addresses.includes(address))
    if (owner === undefined) return []
    return [error(`has the address ${address}, which is that of ${owner.name}`, 'give it another address')]
  })
}
