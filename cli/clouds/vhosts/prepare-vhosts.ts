import { neededSecrets } from '../../../cloud/chap-files.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import type { Call } from '../../command/verb.ts'
import { runSteps, type Work } from '../../run/steps.ts'
import { completeSecrets } from '../chap/complete-secrets.ts'
import { absentNotes } from '../chap/new-secrets.ts'
import { prepareMounts } from '../prepare-mounts.ts'
import { readCib } from '../read-cib.ts'
import { addToAcls } from './acls.ts'

/** Adds the initiators to the ACLs, and copies the CHAP secrets to the nodes: without either, no session can start there. */
export async function prepareVhosts(call: Call, work: Work, names: readonly string[]): Promise<void> {
  const { clouds, nodes } = (await readCib(work.system)).cluster
  const needed = neededSecrets(clouds, [...new Set([...vhostsAmong(nodes), ...names])])
  const { steps, absent } = await completeSecrets(work.system, needed, node => names.includes(node))
  await addToAcls(call, names)
  await runSteps(steps, work)
  const mounts = clouds.map(({ directory }) => directory)
  const notes = [...absentNotes(absent), ...(await prepareMounts(work.system, names, mounts))]
  for (const note of notes) call.terminal.print(note)
}
