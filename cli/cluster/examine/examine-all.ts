import { type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'
import { type Examination, examine } from './examination.ts'
import type { Finding } from './finding.ts'

/** What nodes said, in the order of their names, and findings for those that say nothing. */
export interface Answers {
  readonly examinations: readonly Examination[]
  readonly unreachable: readonly Finding[]
}

/** Asks all of them at once; `more` is asked besides what every check asks. */
export async function examineAll(system: System, names: readonly string[], more = ''): Promise<Answers> {
  const unreachable: Finding[] = []
  const answers = await Promise.all(
    names.map(async node => {
      try {
        return await examine(system, node, { names, more })
      } catch (error) {
        if (!(error instanceof ToolFailed)) throw error
        const todo = `see that "ssh root@${node} true" works from every node, by key and with a known host key`
        unreachable.push({ severity: 'error', node, what: `it does not answer: ${messageOf(error)}`, todo })
        return []
      }
    }),
  )
  return { examinations: answers.flat(), unreachable }
}
