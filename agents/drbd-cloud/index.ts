import { type Context, defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere, notInstalled } from '../../ocf/exit.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { stopped } from '../../ocf/state.ts'
import { parseInteger, parsePattern } from '../../ocf/values.ts'
import { holders } from '../../system/block.ts'
import { drbdadm, isConnected, isSettling, procDrbd } from '../../system/drbd.ts'
import { configuredMinors } from '../../system/drbd-config.ts'
import { loadModules } from '../../system/modules.ts'
import { type Finished, lastWords, runToSuccess, ToolFailed } from '../../system/system.ts'
import { keepScore, scoreOf } from './score.ts'
import { minorOf, stateOf, statusOf } from './status.ts'

const parameters = {
  // crm-fence-peer.sh finds the resource in the CIB by this very name
  drbd_resource: {
    type: 'string',
    required: true,
    unique: true,
    short: 'DRBD resource',
    long: 'Name of the resource in the DRBD configuration (/etc/drbd.d/NAME.res).',
    // names that are safe as a file name and as an argument of drbdadm, which takes "all" for every resource
    parse: parsePattern(
      /^(?!all$)[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/,
      'a DRBD resource name (letters, digits, _ . -, not "all")',
    ),
  },
  wfc_timeout: {
    type: 'integer',
    default: '5',
    short: 'seconds to wait for the peer at start',
    long: `How long a start waits for the connection to the peer, in seconds. A start without a peer succeeds all the
same; waiting gives the promotion that follows a peer to compare data with.`,
    parse: parseInteger(0, 120),
  },
} as const satisfies Parameters

type DrbdContext = Context<typeof parameters>

/** One replicated volume: DRBD secondary is unpromoted, DRBD primary is promoted. */
export const drbdCloud = defineAgent({
  name: 'drbd-cloud',
  short: 'Manages a DRBD resource as a promotable clone',
  long: `Brings a DRBD resource up on two nodes and makes it primary on the one that Pacemaker promotes. Use it as a
promotable clone with notify=true and interleave=true. It tells Pacemaker by promotion scores which side has the good
data, refuses to promote a side whose data are not up to date, and never resolves a split brain on its own.
Its monitor reads /proc/drbd and the DRBD configuration and starts no process.`,
  parameters,
  timeouts: { start: 120, stop: 100, monitor: 20, promote: 90, demote: 90, notify: 60 },

  state: context => {
    const status = statusOf(context.system, context.parameters.drbd_resource)
    return status === undefined ? stopped : stateOf(status)
  },

  async start(context) {
    const { parameters, system, deadline } = context
    requireConfiguration(context)
    if (procDrbd(system) === undefined) {
      context.step('loading the module drbd')
      await loadModules(system, ['drbd'], deadline.signal)
    }
    requireVersion(context)
    context.step(`bringing ${parameters.drbd_resource} up`)
    // adjust, not up: it also completes what a killed start has left
    await runToSuccess(system, drbdadm, ['adjust', parameters.drbd_resource], { signal: deadline.signal })
    context.step(`waiting for the disk and the peer of ${parameters.drbd_resource}`)
    await settle(context)
  },

  async stop(context) {
    const { parameters, system, deadline } = context
    context.step(`taking ${parameters.drbd_resource} down`)
    await refusable(context, () =>
      runToSuccess(system, drbdadm, ['down', parameters.drbd_resource], { signal: deadline.signal }),
    )
    await keepScore(context, undefined, 'always')
  },

  async promote(context) {
    const { parameters, system, deadline } = context
    for (;;) {
      requirePromotable(context)
      context.step(`making ${parameters.drbd_resource} primary`)
      const finished = await system.run(drbdadm, ['primary', parameters.drbd_resource], { signal: deadline.signal })
      if (finished.status === 0) return
      context.log.info(`${finished.command} exited with ${finished.status}: ${lastWords(finished)}`)
      context.step(`making ${parameters.drbd_resource} primary: ${explain(context, finished)}`)
      // the peer may be about to be demoted, or fenced
      await system.sleep(1000, deadline.signal)
    }
  },

  async demote(context) {
    const { parameters, system, deadline } = context
    context.step(`making ${parameters.drbd_resource} secondary`)
    await refusable(context, () =>
      runToSuccess(system, drbdadm, ['secondary', parameters.drbd_resource], { signal: deadline.signal }),
    )
  },

  async notify(context, { when }) {
    const status = statusOf(context.system, context.parameters.drbd_resource)
    // a score that changes before the action that Pacemaker announces would only make it plan that action again
    if (status !== undefined && when === 'post') await keepScore(context, scoreOf(status), 'always')
  },

  async observe(context, _state, occasion) {
    const status = statusOf(context.system, context.parameters.drbd_resource)
    if (status !== undefined)
      await keepScore(context, scoreOf(status), occasion === 'monitor' ? 'when changed' : 'always')
  },

  async validateHere(context) {
    requireConfiguration(context)
    const { parameters, system, deadline } = context
    await runToSuccess(system, drbdadm, ['sh-dev', parameters.drbd_resource], { signal: deadline.signal })
  },
})

function requireConfiguration({ parameters: { drbd_resource: name }, system }: DrbdContext): void {
  const minors = configuredMinors(system, name)
  if (minors === undefined)
    throw invalidHere(`no DRBD resource ${name} is configured on this node: /etc/drbd.d/${name}.res is missing`)
  if (minors.length !== 1)
    throw invalidHere(`DRBD resource ${name} has ${minors.length} volumes on this node; it must have one`)
}

function requireVersion({ system }: DrbdContext): void {
  const version = procDrbd(system)?.version
  if (version === undefined) throw notInstalled('the kernel module drbd is loaded, but /proc/drbd is missing')
  if (!version.startsWith('8.4.')) throw notInstalled(`the kernel module drbd is version ${version}; 8.4 is expected`)
}

async function settle(context: DrbdContext): Promise<void> {
  const { parameters, system, deadline } = context
  const patience = system.now() + parameters.wfc_timeout * 1000
  for (;;) {
    const status = statusOf(context.system, context.parameters.drbd_resource)
    const isReady = status !== undefined && !isSettling(status) && isConnected(status)
    if (isReady) return
    if (status !== undefined && !isSettling(status) && system.now() >= patience) return
    await system.sleep(100, deadline.signal)
  }
}

/** Data that are known to be old, or no data at all, must not become the truth. */
function requirePromotable(context: DrbdContext): void {
  const status = statusOf(context.system, context.parameters.drbd_resource)
  const name = context.parameters.drbd_resource
  if (status === undefined) throw failed(`${name} is not up any more`)
  const hasGoodPeer = isConnected(status) && status.peerDisk === 'UpToDate'
  if (!hasGoodPeer && ['Inconsistent', 'Outdated', 'Diskless', 'Failed'].includes(status.disk))
    throw failed(
      `${name} cannot be promoted here: the local data are ${status.disk} and no peer with good data is connected (${status.connection})`,
    )
}

/** Runs a command that DRBD refuses while something has the device open, and says what that is. */
async function refusable(context: DrbdContext, run: () => Promise<Finished>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    throw failed(explain(context, error.finished), { cause: error })
  }
}

function explain({ parameters, system }: DrbdContext, finished: Finished): string {
  const minor = minorOf(system, parameters.drbd_resource)
  const users = minor === undefined ? [] : holders(system, `drbd${minor}`)
  const use = users.length === 0 ? '' : `/dev/drbd${minor} is in use by ${users.join(', ')}; `
  return `${use}${finished.command} exited with ${finished.status}: ${lastWords(finished)}`
}
