import { COROSYNC_CONF } from '../../../../system/corosync/conf/corosync-conf.ts'
import { membershipIn } from '../../../../system/corosync/conf/members.ts'
import { confTexts } from '../../../../system/corosync/conf/texts.ts'
import { type Examination, wordsIn } from '../../examine/examination.ts'
import { error, type Finding, onNode } from '../../examine/finding.ts'
import { fencingFindings } from '../../findings/fencing-findings.ts'
import { nameFindings } from '../../findings/name-findings.ts'
import { examinationsOf, isFencing, type Situation } from '../situation.ts'

/** What is wrong with the running cluster, so that it must not grow now. */
export function clusterStateFindings(situation: Situation): Finding[] {
  const { status, members, fencing, devices, snapshot } = situation
  const absent = members.filter(name => !PRESENT.includes(status.haStatus.get(name) ?? 'offline'))
  const fenceable = isFencing(situation) ? fencingFindings(examinationsOf(situation, members), fencing, devices) : []
  return [
    ...(status.hasQuorum ? [] : [error('the cluster has no quorum', 'start more of its nodes first')]),
    ...absent.map(name => error(`is ${status.haStatus.get(name) ?? 'offline'}`, ABSENT, name)),
    ...confFindings(situation),
    ...examinationsOf(situation, members).flatMap(examined => newNameFindings(examined, situation.newcomers)),
    // about nodes that are to join, fencing-of-newcomers.ts says what to do
    ...fenceable.filter(({ severity, node }) => severity === 'error' && (node === null || members.includes(node))),
    ...snapshot.cluster.clouds.flatMap(({ name, storageNodes }) =>
      storageNodes.filter(node => situation.newcomers.includes(node)).map(node => expectedSide(name, node)),
    ),
  ]
}

/** The states in which a node takes part in the cluster. */
const PRESENT = ['online', 'standby', 'maintenance']

const ABSENT =
  'start it first, or remove it ("vhacs node --forget"): with another node the cluster needs more of them for quorum'

/** Whether a member can resolve the names of the new nodes, and reach them by ssh. */
function newNameFindings(examined: Examination, newcomers: readonly string[]): Finding[] {
  const about = (section: string) => wordsIn(examined, section).filter(name => newcomers.includes(name))
  const sections = new Map(['names', 'ssh'].map(section => [section, about(section).join(' ')]))
  return onNode(examined.node, nameFindings({ ...examined, sections }, []))
}

/** Pacemaker would start the side at once. */
function expectedSide(cloud: string, node: string): Finding {
  const todo = `give that side to another node first: vhacs storage --replace ${cloud} --from ${node} --to NODE`
  return error(`the storage ${cloud} expects one of its sides there`, todo, node)
}

function confFindings({ confs, newcomers }: Situation): Finding[] {
  try {
    const { without } = confTexts([...confs.values()], newcomers[0] ?? '')
    const { quorumBy } = membershipIn(without)
    if (quorumBy === undefined) return []
    const by = quorumBy === 'device' ? 'a quorum device' : 'the setting expected_votes'
    const todo = 'remove that from the section quorum, or add the node with the tools that it was set up with'
    return [error(`${by} in ${COROSYNC_CONF} decides about quorum, which vhacs does not change`, todo)]
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    const todo = `correct it on all nodes, then run "corosync-cfgtool -R"`
    return [error(`${COROSYNC_CONF}: ${thrown.message}`, todo)]
  }
}
