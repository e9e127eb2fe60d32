import { optionOf } from '../../system/nspawn/containers.ts'
import { NSPAWN, unitOf } from '../../system/nspawn/unit.ts'
import type { Process } from '../../system/proc/process-stat.ts'
import type { System } from '../../system/system.ts'
import { type ContainerContext, ID_RANGE } from './parameters.ts'
import type { RunnableTree } from './tree.ts'

type UnitParameters = Omit<ContainerContext['parameters'], 'boot' | 'private_users'>

/** How long systemd waits beyond the shutdown before it kills the container, if no agent does it before. */
const KILL_SECONDS = 30

type ShutdownSignal = Exclude<Parameters<System['signal']>[1], 'SIGTERM' | 'SIGKILL'>

/** The signal by which an init shuts down; SIGPWR is that of sysvinit, as in lxc.container.conf(5). */
const KILL_SIGNALS: Readonly<Record<RunnableTree['init'], ShutdownSignal>> = {
  systemd: 'SIGRTMIN+4',
  command: 'SIGRTMIN+4',
  busybox: 'SIGUSR2',
  other: 'SIGPWR',
}

/** That of a container that this agent has started, by the arguments of its systemd-nspawn. */
export function shutdownSignal(system: System, supervisor: Process): ShutdownSignal | undefined {
  const name = optionOf(system, supervisor, KILL_SIGNAL)
  return Object.values(KILL_SIGNALS).find(signal => signal === name)
}

const KILL_SIGNAL = '--kill-signal'

/**
 * The arguments of systemd-run that start the container in a unit of its own, without waiting. Pacemaker is stopped before the unit at
 * the node's shutdown, so that the agent stops the container while all that it uses is there. A reboot inside ends systemd-nspawn with
 * 133, upon which systemd starts it again (systemd-nspawn@.service).
 */
export function unitArguments(parameters: UnitParameters, tree: RunnableTree): string[] {
  const { machine, memory_max, cpu_weight, shutdown_timeout } = parameters
  const properties = [
    'Type=notify',
    'Before=pacemaker.service',
    'Before=pacemaker_remote.service',
    'After=network.target',
    'TimeoutStartSec=infinity',
    `TimeoutStopSec=${shutdown_timeout + KILL_SECONDS}`,
    'KillMode=mixed',
    'RestartForceExitStatus=133',
    'SuccessExitStatus=133',
    'RestartSec=1',
    'Delegate=yes',
    'TasksMax=16384',
    // the kernel kills one process of a container that has used up its memory; systemd does not stop all of it
    'OOMPolicy=continue',
    'DevicePolicy=closed',
    'DeviceAllow=/dev/net/tun rwm',
    'DeviceAllow=char-pts rw',
    ...(memory_max === undefined ? [] : [`MemoryMax=${memory_max}`]),
    ...(cpu_weight === undefined ? [] : [`CPUWeight=${cpu_weight}`]),
  ]
  return [
    ...['--quiet', '--no-block', '--unit', unitOf(machine), '--slice', 'machine.slice'],
    ...['--description', `Container ${machine}`],
    ...properties.flatMap(property => ['--property', property]),
    '--',
    // systemd replaces $NAME by variables in the arguments of a unit
    ...[NSPAWN, ...nspawnArguments(parameters, tree)].map(word => word.replaceAll('$', () => '$$')),
  ]
}

function nspawnArguments(parameters: UnitParameters, { firstId, init }: RunnableTree): string[] {
  const { machine, directory, command, settings } = parameters
  return [
    ...['--quiet', '--keep-unit', '--machine', machine, '--directory', directory],
    ...['--settings', settings === undefined ? 'no' : 'yes'],
    // the tree is the same on every node, whatever the node has
    ...['--link-journal', 'no', '--resolv-conf', 'off', '--timezone', 'off', '--console', 'read-only'],
    ...['--notify-ready', init === 'systemd' ? 'yes' : 'no', KILL_SIGNAL, KILL_SIGNALS[init]],
    ...networkArguments(parameters.network),
    firstId === 0 ? '--private-users=no' : `--private-users=${firstId}:${ID_RANGE}`,
    ...['--private-users-ownership', 'off'],
    ...(command === undefined ? ['--boot'] : ['--as-pid2', '--', ...command]),
  ]
}

function networkArguments(network: UnitParameters['network']): string[] {
  switch (network.kind) {
    case 'bridge':
      return ['--network-bridge', network.interfaceName]
    case 'macvlan':
      return ['--network-macvlan', network.interfaceName]
    default:
      return network.kind === 'none' ? ['--private-network'] : []
  }
}
