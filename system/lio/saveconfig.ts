import { listNames, readLine } from '../files.ts'
import { ifPresent, type System } from '../system.ts'

/** Where rtslib saves the configuration of targetcli: on Debian, and elsewhere. */
export const SAVED_TARGET_FILES = ['/etc/rtslib-fb-target/saveconfig.json', '/etc/target/saveconfig.json'] as const
/** The services that restore it at boot, and remove every target of the node when they stop: on Debian, and elsewhere. */
export const SAVED_TARGET_SERVICES = ['rtslib-fb-targetctl.service', 'target.service'] as const
const UNITS = '/etc/systemd/system'

/** Warns of a service that would restore or remove a target without Pacemaker; undefined when none is enabled. */
export function restoreWarning(system: System, iqn: string): string | undefined {
  const service = enabledService(system)
  if (service === undefined) return undefined
  const file = SAVED_TARGET_FILES.find(path => readLine(system, path)?.includes(`"${iqn}"`))
  const harm =
    file === undefined
      ? 'it removes every target of this node when it stops'
      : `at boot it restores ${iqn} from ${file}, regardless of Pacemaker`
  return `${service} is enabled: ${harm}; run "systemctl mask ${service}"`
}

function enabledService(system: System): string | undefined {
  const wanted = listNames(system, UNITS)
    .filter(name => name.endsWith('.wants') || name.endsWith('.requires'))
    .flatMap(directory => listNames(system, `${UNITS}/${directory}`))
  return SAVED_TARGET_SERVICES.find(service => wanted.includes(service) && !isMasked(system, service))
}

/** Masking a service does not remove its links. */
function isMasked(system: System, service: string): boolean {
  return ifPresent(() => system.realPath(`${UNITS}/${service}`)) === '/dev/null'
}
