import { errorText } from '../system/error-text.ts'
import { hostName } from '../system/host-name.ts'
import { parseAlertRecipient } from '../system/pacemaker/alert-recipient.ts'
import { withoutSecrets } from '../system/secret-text.ts'
import type { System } from '../system/system.ts'
import { visibleText } from '../system/visible-text.ts'
import { isSpeaker, reasonOf } from './cluster.ts'
import { type Environment, eventIn } from './event.ts'
import { type Fact, factOf, lineOf, withReason } from './fact.ts'
import { claim, unclaim } from './notes.ts'
import { send, writeLog } from './send.ts'
import { vserverPartOf } from './vserver.ts'

export interface AlertInvocation {
  readonly system: System
  readonly environment: Environment
  readonly writeError: (text: string) => void
  /** Aborted when it must end: Pacemaker kills it after 30 seconds. */
  readonly signal: AbortSignal
}

/** Reports an event of the cluster to one recipient, if it is worth a line; returns the exit status. */
export async function runAlert(invocation: AlertInvocation): Promise<number> {
  const { environment, writeError } = invocation
  if (environment.CRM_alert_kind === undefined) {
    writeError(
      'vhacs-alert: Pacemaker calls this about events of the cluster; "vhacs cluster --setalerts" sets it up\n',
    )
    return 1
  }
  const event = eventIn(environment)
  const seen = event && factOf(event, resource => vserverPartOf(invocation.system, resource))
  if (seen === undefined) return 0
  const { fact, isOurs } = await completed(invocation, seen)
  if (!isOurs || !(await claim(invocation.system, fact, recipientIn(environment)))) return 0
  return report(invocation, fact)
}

const recipientIn = ({ CRM_alert_recipient: recipient = 'log' }: Environment) => recipient

/** A log has what its own node has seen; others are told once. */
async function completed(
  { system, environment, signal }: AlertInvocation,
  fact: Fact,
): Promise<{ readonly fact: Fact; readonly isOurs: boolean }> {
  try {
    if (fact.resource !== undefined) {
      if (fact.what === 'recovered') return { fact, isOurs: true }
      const reason = await reasonOf(system, { resource: fact.resource, node: fact.node }, signal)
      return { fact: withReason(fact, reason ?? fact.reason), isOurs: true }
    }
    // who has reported the loss of a node reports that it is back
    if (recipientIn(environment) === 'log' || fact.what === 'recovered') return { fact, isOurs: true }
    return { fact, isOurs: await isSpeaker(system, { here: hostName(system), about: fact.node }, signal) }
  } catch {
    // what is missing for that must not keep the event from being reported
    return { fact, isOurs: true }
  }
}

async function report({ system, environment, writeError, signal }: AlertInvocation, seen: Fact): Promise<number> {
  const fact = { ...seen, reason: withoutSecrets(seen.reason) }
  const recipient = recipientIn(environment)
  try {
    const message = { fact, here: hostName(system), time: new Date(system.now()) }
    await send(system, parseAlertRecipient(recipient), message, { environment, signal })
    return 0
  } catch (error) {
    const why = visibleText(withoutSecrets(errorText(error))).slice(0, LONGEST)
    const line = `not reported (${why}): ${lineOf(fact)}`
    writeError(`vhacs-alert: ${line}\n`)
    await unclaim(system, fact, recipient)
    if (recipient !== 'log') await logInstead({ system, environment, line })
    return 1
  }
}

const LONGEST = 300

/** The deadline may be over, for which this is the reason: it has a time-out of its own. */
async function logInstead({
  system,
  environment,
  line,
}: {
  readonly system: System
  readonly environment: Environment
  readonly line: string
}): Promise<void> {
  try {
    await writeLog(system, line, { level: 'err', environment, signal: AbortSignal.timeout(3000) })
  } catch {
    // stderr, which Pacemaker logs, has it
  }
}
