import { nspawnContainer } from '../../../agents/nspawn-container/index.ts'
import { type Cloud, treePath, type Vserver } from '../../cloud.ts'
import { type Path, type Problem, problemIf } from '../../problem.ts'

/** Parameters of a vserver that its agent would refuse together. */
export function parameterProblems(vserver: Vserver, cloud: Cloud, path: Path): Problem[] {
  const { boot, command, settings } = vserver.parameters
  const isBooted = boot === undefined ? undefined : nspawnContainer.parameters.boot.parse(boot)
  const tree = treePath(cloud, vserver)
  const { name } = vserver
  const isInside = settings !== undefined && `${settings}/`.startsWith(`${tree}/`)
  return [
    ...problemIf(
      isBooted === true && command !== undefined,
      [...path, 'command'],
      `${name} has a command, and boot is on: remove one of them`,
    ),
    ...problemIf(
      isBooted === false && command === undefined,
      [...path, 'boot'],
      `boot of ${name} is off: give the command to run instead of an init`,
    ),
    ...problemIf(
      isInside,
      [...path, 'settings'],
      `settings ${settings} is in ${tree}, where ${name} itself can change it: put it beside that directory`,
    ),
  ]
}
