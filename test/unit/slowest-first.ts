import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest, without `.test.ts`, if neither its size nor an earlier run shows that: most starts real tools. */
const SLOW = [
  'cloud/scheduler/transitions',
  'linear/parsers',
  'cloud/compose/tools-and-agents',
  'cli/storage/rehearse-faults',
  'cli/storage/create-many',
  'cli/storage/replace',
  'linear/regular-expressions',
  'cloud/compose/crmsh-pcs',
  'cloud/scheduler/rehearsal',
]

/** Begins with the slow files, or one of them would run alone at the end, while the other processors wait. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = SLOW.findIndex(name => moduleId.endsWith(`/test/unit/${name}.test.ts`))
      return index < 0 ? SLOW.length : index
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}
