import { exitText, type Finished, lastOutput, type Tool } from '../../system/system.ts'

/** lvm2: tools/errors.h. */
const MEANINGS: Readonly<Record<number, string>> = {
  2: 'no such command',
  3: 'invalid parameters',
  4: 'initialisation failed',
  5: 'command failed',
}

/** How an LVM command failed, without its long command line. */
export function lvmFailure({ name }: Tool, finished: Finished): string {
  const meaning = MEANINGS[finished.status ?? -1]
  return [`${name} ${exitText(finished)}${meaning ? ` (${meaning})` : ''}`, lastOutput(finished)]
    .filter(Boolean)
    .join(': ')
}
