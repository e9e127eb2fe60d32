import type { Cloud } from '../../cloud/cloud.ts'
import { withSharedSecret } from '../../cloud/compose/drbd-secret.ts'
import { resourceFile } from '../../system/drbd/config-files.ts'
import { drbdadmOn } from '../../system/nodes/drbdadm.ts'
import { runOn } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import { replaceResourceFile, restoreResourceFile } from '../clouds/creation/resource-file.ts'
import { newSharedSecret } from '../clouds/creation/shared-secret.ts'
import { poll } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import { isInSync, isKnown, replicationOf } from '../clouds/replication.ts'
import { selectClouds } from '../clouds/select.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { runJobs } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import { allOf, runSteps, type Step, type Work } from '../run/steps.ts'

/** vhacs storage --setsecret */
export async function setSecrets(call: Call): Promise<void> {
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    const clouds = selectClouds(call.value, (await readCib(work.system)).cluster)
    if (clouds.length === 0) throw new RangeError('there are no storages')
    // all before anything is changed
    const changes = await Promise.all(clouds.map(cloud => changeOf(work.system, cloud)))
    const jobs = changes.map(change => ({
      name: change.cloud.name,
      outcome: 'has a new shared secret',
      run: (print: Work['print']) => runSteps(stepsOf({ ...work, print }, change), work),
    }))
    await runJobs(call.terminal, work, jobs)
  })
}

interface Change {
  readonly cloud: Cloud
  /** The present file, by node. */
  readonly texts: ReadonlyMap<string, string>
  readonly newText: string
  readonly isUp: boolean
  readonly wasInSync: boolean
}

/** @throws RangeError for a storage whose files an operator has changed, Error for one that is up on one side only. */
async function changeOf(system: System, cloud: Cloud): Promise<Change> {
  const { name, storageNodes } = cloud
  const sides = await replicationOf(system, cloud)
  const down = sides.filter(side => !isKnown(side))
  if (down.length === 1 || down.some(side => !isKnown(side) && side.problem !== 'DRBD is down')) {
    const states = sides.map(side => `${side.node}: ${isKnown(side) ? side.connection : side.problem}`)
    throw new Error(
      `DRBD of ${name} must be up on both nodes, or down on both (${states.join('; ')}): start it, or put it in standby`,
    )
  }
  const texts = new Map<string, string>()
  for (const node of storageNodes) {
    const { stdout } = await runOn(system, node, ['cat', '--', resourceFile(name)], { looks: true })
    texts.set(node, stdout)
  }
  const secret = newSharedSecret()
  const [newText, other] = storageNodes.map(node => withSharedSecret(texts.get(node) ?? '', secret))
  if (newText === undefined || newText !== other)
    throw new RangeError(
      `${resourceFile(name)} differs from what vhacs wrote, or between ${storageNodes.join(' and ')}: add "cram-hmac-alg sha256; shared-secret "…";" to its net section on both yourself, then run "drbdadm adjust ${name}" on both`,
    )
  return { cloud, texts, newText, isUp: down.length === 0, wasInSync: isInSync(sides) }
}

/**
 * DRBD takes a new secret for a connection that it has, and asks for it at the next one: so nothing is disconnected, and the two
 * sides need not change at the same moment.
 */
function stepsOf({ system, interruption }: Work, { cloud, texts, newText, isUp, wasInSync }: Change): Step[] {
  const { name, storageNodes } = cloud
  const where = `on ${storageNodes.join(' and ')}`
  const both = (act: (node: string) => Promise<unknown>) => allOf(storageNodes.map(act))
  const adjust = (node: string) => drbdadmOn(system, node, ['adjust', name])
  return [
    {
      name: `writing a new shared secret of ${name} ${where}`,
      run: () => both(node => replaceResourceFile(system, node, cloud, newText)),
      undo: async () => {
        await both(node => restoreResourceFile(system, node, cloud, texts.get(node) ?? ''))
        if (isUp) await both(adjust)
      },
    },
    ...(isUp ? [{ name: `telling DRBD ${where}`, run: () => both(adjust) }] : []),
    ...(isUp && wasInSync
      ? [
          {
            name: `checking that ${name} is in sync`,
            waits: true as const,
            run: () =>
              poll(system, { seconds: 30, interruption }, async () =>
                isInSync(await replicationOf(system, cloud)) ? undefined : `${name} is not in sync with the new secret`,
              ),
          },
        ]
      : []),
  ]
}
