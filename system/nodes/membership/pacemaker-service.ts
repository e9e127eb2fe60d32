import { childrenOf } from '../../proc/processes.ts'
import { runToSuccess, type System, type Tool } from '../../system.ts'

const systemctl: Tool = { name: 'systemctl', package: 'systemd' }

/** Pacemaker's service on this node, as systemd and the kernel see it. */
export interface PacemakerService {
  /** systemd's word for it, such as `active`. */
  readonly activity: string
  /** The process of the controller, and when it began; undefined while there is none that pacemakerd would replace. */
  readonly controller: { readonly pid: number; readonly startTime: string } | undefined
  /** Whether pacemakerd resets the node when one of its daemons ends, in place of starting a new one. */
  readonly isFailFast: boolean
}

/** The first 15 bytes of its name, as the kernel keeps them. */
const CONTROLLER = 'pacemaker-contr'

/** Its names in the environment of pacemakerd. @see Pacemaker, lib/common/options.c: pcmk__env_option() */
const FAIL_FAST = ['PCMK_fail_fast', 'HA_fail_fast']
const FALSE = ['', 'false', 'off', 'no', 'n', '0']

/** Reads it, on the node where this runs. @throws ToolFailed, and the error of a file of /proc that cannot be read */
export async function pacemakerService(system: System, signal: AbortSignal): Promise<PacemakerService> {
  const args = ['show', '--property=ActiveState,MainPID', 'pacemaker.service']
  const { stdout } = await runToSuccess(system, systemctl, args, { timeoutSeconds: 30, looks: true, signal })
  const activity = /^ActiveState=([a-z-]+)$/m.exec(stdout)?.[1] ?? 'unknown'
  const pid = Number(/^MainPID=([1-9]\d{0,9})$/m.exec(stdout)?.[1] ?? 0)
  if (pid === 0) return { activity, controller: undefined, isFailFast: false }
  // one that an earlier pacemakerd has left is not its child, and what would become of it is not known
  const controller = childrenOf(system, pid).find(({ name }) => name === CONTROLLER)
  return {
    activity,
    controller: controller && { pid: controller.pid, startTime: controller.startTime },
    isFailFast: isFailFastIn(system.read(`/proc/${pid}/environ`)),
  }
}

function isFailFastIn(environment: string): boolean {
  return environment.split('\0').some(pair => {
    const equals = pair.indexOf('=')
    const value = pair.slice(equals + 1).toLowerCase()
    return FAIL_FAST.includes(pair.slice(0, equals)) && !FALSE.includes(value.trim())
  })
}
