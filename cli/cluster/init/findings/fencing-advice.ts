import type { Examination } from '../../examine/examination.ts'
import { hasWatchdog } from '../../examine/fencing/sbd.ts'
import { sharedDisks } from '../input/disks.ts'

/** How the nodes could be fenced with their hardware, for an operator who has not requested any fencing. */
export function fencingAdvice(examinations: readonly Examination[]): string[] {
  const disks = sharedDisks(examinations)
  const haveWatchdogs = examinations.every(hasWatchdog)
  return [
    ...(haveWatchdogs ? disks.map(disk => `the nodes seem to share a disk: --sbd-device ${disk}`) : []),
    ...(haveWatchdogs && examinations.length > 2
      ? ['there are at least three nodes, each with a watchdog: --sbd-watchdog']
      : []),
    'otherwise configure a fencing device, such as IPMI ("crm ra list stonith" lists the types)',
  ]
}
