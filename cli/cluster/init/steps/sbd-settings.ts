import type { Fencing } from '../input/request.ts'

/** The text of /etc/default/sbd with these settings; everything else in it is kept. */
export function withSettings(text: string, settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).reduce((before, [name, value]) => {
    const line = `${name}=${value}`
    const old = new RegExp(`^${name}=.*$`, 'm')
    return old.test(before) ? before.replace(old, () => line) : `${before.replace(/\n?$/, '\n')}${line}\n`
  }, text)
}

export function sbdSettings(fencing: Fencing, watchdogSeconds: number): Record<string, string> {
  return {
    SBD_DEVICE: fencing.by === 'disk' ? `"${fencing.device}"` : '""',
    SBD_PACEMAKER: 'yes',
    SBD_STARTMODE: 'always',
    SBD_WATCHDOG_DEV: '/dev/watchdog',
    SBD_WATCHDOG_TIMEOUT: String(watchdogSeconds),
  }
}
