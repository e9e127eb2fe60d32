import { joinedNames } from '../../../cloud/listed-names.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { poll, waitUntilMounted } from '../../clouds/lifecycle.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { messageOf, runSteps, type Work } from '../../run/steps.ts'
import { acceptData, acceptedNames } from './accept.ts'
import { type CloudData, dataLines, dataOfClouds } from './cloud-data.ts'
import { type AloneFacts, goesOn, readFacts } from './facts.ts'
import { lastSeenOf, seenText } from './last-seen.ts'
import { daemonSteps, quorumSteps } from './steps.ts'

/** vhacs cluster --alone */
export async function goOnAlone(call: Call): Promise<void> {
  const { terminal, options, isDryRun } = call
  const system = interruptible(call.system, terminal.interruption)
  const facts = await readFacts(system, textOf(options, 'without'))
  acceptedNames(call, facts)
  await printKnown(call, facts)
  const work = timedWork(call)
  const isWaiting = !goesOn(facts)
  if (isWaiting) {
    await confirmOff(call, facts)
    await runSteps(daemonSteps(work, facts), work)
  }
  if (isDryRun) {
    await runSteps(isWaiting ? quorumSteps(work, facts) : [], work)
    // before there is quorum, DRBD does not show what the data are
    if (!isWaiting) await acceptData(call, work, facts, await dataOfClouds(system, facts))
    return
  }
  const data = await withClusterLock(work, async () => {
    if (isWaiting) await runSteps(quorumSteps(work, facts), work)
    return acceptData(call, work, facts, await settledData(work, facts))
  })
  await awaitServed(call, work, { facts, data })
}

/** Prints what this node knows of the lost nodes, and of the data that are left. */
async function printKnown({ system, terminal }: Call, facts: AloneFacts): Promise<void> {
  const { here, lost, status, present } = facts
  const seen = await lastSeenOf(system, { here, runsPacemaker: status !== undefined }, lost)
  terminal.print(`left: ${joinedNames(present)}; lost: ${joinedNames(lost)}`)
  for (const node of lost) terminal.print(seenText(node, seen))
  for (const line of dataLines(await dataOfClouds(system, facts), facts)) terminal.print(line)
}

/** @throws RangeError when the operator does not say that the lost nodes are off, or nobody can be asked. */
async function confirmOff({ terminal, options, isDryRun }: Call, { lost }: AloneFacts): Promise<void> {
  if (options['yes-they-are-off'] || isDryRun) return
  if (terminal.ask === undefined)
    throw new RangeError(
      `make sure that ${joinedNames(lost)} ${lost.length === 1 ? 'is' : 'are'} off and will stay off, then pass --yes-they-are-off (nothing was changed)`,
    )
  const [names, are, they] = lost.length === 1 ? [lost[0], 'Is', 'it'] : [joinedNames(lost), 'Are', 'they']
  const answer = await terminal.ask(
    `${are} ${names} switched off, and will ${they} stay off until this cluster runs? If not, data can be destroyed. Type "off" to proceed: `,
  )
  if (answer.trim() !== 'off') throw new RangeError('nothing was changed: the answer was not "off"')
}

const DRBD_SECONDS = 300

/** The data of all clouds, once DRBD runs on the sides that are left. What does not run in time stays unread. */
async function settledData({ system, interruption, print }: Work, facts: AloneFacts): Promise<CloudData[]> {
  const read = async () => dataOfClouds(system, { ...facts, snapshot: await readCib(system) })
  print('waiting until DRBD shows what the data are that are left')
  try {
    await poll(system, { seconds: DRBD_SECONDS, interruption }, async () => {
      const unread = (await read()).filter(({ verdict }) => verdict === 'unread')
      return unread.length === 0 ? undefined : joinedNames(unread.map(({ cloud }) => cloud.name))
    })
  } catch (error) {
    interruption.throwIfAborted()
    print(`after ${DRBD_SECONDS} s, DRBD does not run for ${messageOf(error)}: see "crm_mon -1rf"`)
  }
  return read()
}

interface Outcome {
  readonly facts: AloneFacts
  readonly data: readonly CloudData[]
}

/** Waits until everything is served that can be. @throws Error when something is not. */
async function awaitServed({ terminal }: Call, work: Work, { facts, data }: Outcome): Promise<void> {
  const { system, interruption, print } = work
  const { present, lost, snapshot } = facts
  const hasVhost = vhostsAmong(snapshot.cluster.nodes).some(node => present.includes(node))
  const served = hasVhost ? data.filter(({ verdict }) => verdict === 'newest') : []
  const unserved = data.filter(one => !served.includes(one))
  for (const one of unserved) terminal.print(`NOT SERVED: ${one.cloud.name}: ${whyUnserved(one)}`)
  if (served.length > 0) {
    print(
      `waiting until ${joinedNames(served.map(({ cloud }) => cloud.name))} ${served.length === 1 ? 'is' : 'are'} served`,
    )
    await waitUntilMounted(
      system,
      served.map(({ cloud }) => cloud),
      interruption,
    )
  }
  terminal.print(
    `the cluster goes on without ${joinedNames(lost)}, and without redundancy: a node that returns gets these data; for one that does not, see "vhacs node --forget --help"`,
  )
  if (unserved.length > 0) throw new Error('not every storage is served: see above')
}

function whyUnserved({ verdict, why, cloud: { name } }: CloudData): string {
  if (verdict === 'newest')
    return 'no node that is left has the vhost role: give it to one with "vhacs node --setrole vhost NODE"'
  if (verdict !== 'unsure' && verdict !== 'older') return why
  return `${why}; if you accept that, run "vhacs cluster --alone --accept-old-data ${name}"`
}
