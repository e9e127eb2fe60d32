import { runScriptOn, type Script } from '../../../system/nodes/script.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'
import { type Examination, parseSections } from './examination.ts'
import { error, type Finding } from './finding.ts'

/** The examinations of the nodes, in the order of their names, and a finding for each unreachable one. */
export interface Answers {
  readonly examinations: readonly Examination[]
  readonly unreachable: readonly Finding[]
}

interface Examined {
  /** The questions, for which QUESTIONS and LATER are the beginning and the end. */
  readonly text: Script
  readonly names: readonly string[]
  /** The device that is to be sbd's disk. */
  readonly device?: string | undefined
  /** The directories of mounts, for MOUNT_QUESTIONS. */
  readonly directories?: readonly string[]
}

/** Examines all nodes at once. */
export async function examineAll(
  system: System,
  { text, names, device = '', directories = [] }: Examined,
): Promise<Answers> {
  const unreachable: Finding[] = []
  const script = { text, values: [device, directories.join('\n'), ...names] }
  const answers = await Promise.all(
    names.map(async node => {
      try {
        return await examine(system, node, script)
      } catch (thrown) {
        if (!(thrown instanceof ToolFailed)) throw thrown
        const todo = `make sure that "ssh root@${node} true" works on every node, with a key and a known host key`
        unreachable.push(error(`unreachable: ${messageOf(thrown)}`, todo, node))
        return []
      }
    }),
  )
  return { examinations: answers.flat(), unreachable }
}

/** @throws ToolFailed when the node is unreachable. */
async function examine(
  system: System,
  node: string,
  script: { readonly text: Script; readonly values: readonly string[] },
): Promise<Examination> {
  const begun = system.now() / 1000
  const { stdout } = await runScriptOn(system, node, { ...script, looks: true, timeoutSeconds: 120 })
  const ended = system.now() / 1000
  const sections = parseSections(stdout)
  const first = Number(sections.get('date'))
  const last = Number(sections.get('later') ?? first)
  // the node took the first date after we asked, and the last one before we had the answer
  const [most, least] = [first - begun, last - ended]
  return { node, sections, clockLeadSeconds: (most + least) / 2, clockDoubtSeconds: Math.max(0, (most - least) / 2) }
}
