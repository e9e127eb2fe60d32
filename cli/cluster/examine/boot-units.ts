import { SAVED_TARGET_SERVICES } from '../../../system/lio/saveconfig.ts'
import { type Sections, wordsIn } from './examination.ts'

/** Units that start at boot what only Pacemaker may start, each with a description of it. */
export const BOOT_UNITS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(SAVED_TARGET_SERVICES.map(service => [service, 'saved targets'])),
  'drbd.service': 'DRBD resources',
}

/** The timer of verifications, which an operator may enable. */
export const VERIFY_TIMER = 'vhacs-verify.timer'

/** Whether that is enabled on a node. */
export function isVerifyTimerEnabled({ sections }: Sections): boolean {
  return (sections.get('timers') ?? '').split('\n').includes(`${VERIFY_TIMER} enabled`)
}

/** Those of BOOT_UNITS that are enabled. */
export function enabledUnits({ sections }: Sections): string[] {
  return (sections.get('units') ?? '').split('\n').flatMap(line => {
    const [unit = '', state] = line.split(' ')
    return state === 'enabled' && Object.hasOwn(BOOT_UNITS, unit) ? [unit] : []
  })
}

/** Those of BOOT_UNITS that are enabled but have nothing to start. */
export function idleUnits(examined: Sections): string[] {
  const hasResources = wordsIn(examined, 'resources').some(file => file.endsWith('.res'))
  return enabledUnits(examined).filter(unit =>
    unit === 'drbd.service' ? !hasResources : savedTargetFiles(examined).length === 0,
  )
}

/** The files of targetcli on the node that have iSCSI targets. */
export function savedTargetFiles(examined: Sections): string[] {
  return wordsIn(examined, 'saved')
}
