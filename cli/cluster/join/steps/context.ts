import type { NodeRole } from '../../../../cloud/configuration.ts'
import { descendants } from '../../../../cloud/xml.ts'
import { parseCorosyncConf } from '../../../../system/corosync/conf/corosync-conf.ts'
import { membershipIn, withMember } from '../../../../system/corosync/conf/members.ts'
import { confTexts } from '../../../../system/corosync/conf/texts.ts'
import type { Work } from '../../../run/steps.ts'
import type { Examination } from '../../examine/examination.ts'
import { usedHeader } from '../../examine/fencing/sbd-header.ts'
import { membershipOf } from '../../init/input/membership.ts'
import { type InitContext, timestampOf } from '../../init/steps/context.ts'
import { newcomerAddresses } from '../addresses.ts'
import { isPreparedFor } from '../findings/newcomer-findings.ts'
import { examinationsOf, type Situation } from '../situation.ts'

/** The context that the steps by which one node joins receive. Those of --init that act on all nodes act on that node alone. */
export interface JoinContext extends InitContext {
  readonly situation: Situation
  /** The node that joins. */
  readonly name: string
  readonly roles: readonly NodeRole[]
  /** The corosync.conf without the node and with it. */
  readonly before: string
  readonly after: string
  /** A join of the node was broken off after it had received corosync's files. */
  readonly isBegun: boolean
}

/** @throws Error for a node that was not examined. */
export function joinContext(
  work: Work,
  situation: Situation,
  joining: Pick<JoinContext, 'name' | 'roles'>,
): JoinContext {
  const { name, roles } = joining
  const { here, members, bySbd, snapshot } = situation
  const [examined] = examinationsOf(situation, [name])
  if (examined === undefined) throw new Error(`${name} has not answered`)
  const { without, withNode } = confTexts([...situation.confs.values()], name)
  const isBegun = withNode !== undefined || isPreparedFor(examined, without)
  const header = usedHeader(situation.examinations) ?? { watchdogSeconds: 0, messageSeconds: 0 }
  return {
    ...{ ...work, situation, name, roles, isBegun, timestamp: timestampOf(work), firstNode: here },
    before: without,
    after: withNode ?? withMember(without, newMember(situation, examined, without)),
    // what a run that was broken off has started is stopped when this one is undone
    probe: { examinations: [isBegun ? withoutDaemons(examined) : examined], ends: new Map(), unreached: new Map() },
    request: { nodes: [...members, name], clusterName: snapshot.cluster.name ?? '', roles, fencing: bySbd, alerts: [] },
    sbd: { header, agent: undefined },
  }
}

/** With an id that neither corosync nor Pacemaker has for another node. */
function newMember({ snapshot }: Situation, examined: Examination, conf: string) {
  const { members, links } = membershipIn(conf)
  const listed = descendants(snapshot.root, 'node').flatMap(({ attributes }) => Number(attributes.id) || [])
  const id = 1 + Math.max(...members.map(member => member.id), ...listed)
  const addresses = newcomerAddresses(examined, members, links).map(address => address ?? '')
  return { name: examined.node, id, addresses }
}

function withoutDaemons(examined: Examination): Examination {
  return { ...examined, sections: new Map([...examined.sections, ['daemons', '']]) }
}

/** Whether corosync runs on the node as a member of this cluster already. */
export function runsAlready({ situation, name, isBegun, after }: JoinContext): boolean {
  const [examined] = examinationsOf(situation, [name])
  if (!isBegun || examined === undefined) return false
  const { cluster, active } = membershipOf(examined)
  // a node that was installed anew meanwhile runs the cluster that the packages start
  return cluster?.clusterName === parseCorosyncConf(after).clusterName && active.includes('corosync')
}
