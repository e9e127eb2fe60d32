import { listNames, readLine } from '../files.ts'
import { ifPresent, type System } from '../system.ts'

/** Where rtslib saves what targetcli configured: Debian's place, and everybody else's. */
const SAVED = ['/etc/rtslib-fb-target/saveconfig.json', '/etc/target/saveconfig.json']
/** What restores it at boot, and removes every target of the node when it stops: Debian's name, and everybody else's. */
const SERVICES = ['rtslib-fb-targetctl.service', 'target.service']
const UNITS = '/etc/systemd/system'

/** What would bring a target back at boot, or take it away, without Pacemaker; undefined when nothing would. */
export function restoreWarning(system: System, iqn: string): string | undefined {
  const service = enabledService(system)
  if (service === undefined) return undefined
  const file = SAVED.find(path => readLine(system, path)?.includes(`"${iqn}"`))
  const harm =
    file === undefined
      ? 'it removes every target of this node when it stops'
      : `at boot it restores ${iqn} from ${file}, whatever Pacemaker wants`
  return `${service} is enabled: ${harm}; run "systemctl mask ${service}"`
}

function enabledService(system: System): string | undefined {
  const wanted = listNames(system, UNITS)
    .filter(name => name.endsWith('.wants') || name.endsWith('.requires'))
    .flatMap(directory => listNames(system, `${UNITS}/${directory}`))
  return SERVICES.find(service => wanted.includes(service) && !isMasked(system, service))
}

/** A service that was masked keeps its links. */
function isMasked(system: System, service: string): boolean {
  return ifPresent(() => system.realPath(`${UNITS}/${service}`)) === '/dev/null'
}
