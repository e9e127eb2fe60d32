import type { AlertRecipient } from '../system/pacemaker/alert-recipient.ts'
import { runToSuccess, type System, type Tool } from '../system/system.ts'
import type { Environment } from './event.ts'
import { type Fact, lineOf } from './fact.ts'

const sendmail: Tool = { name: 'sendmail', package: 'default-mta' }
const logger: Tool = { name: 'logger', package: 'bsdutils' }

/** What is reported, where and when. */
export interface Message {
  readonly fact: Fact
  /** The node that reports it. */
  readonly here: string
  readonly time: Date
}

/** How long a recipient may take, in seconds. */
const LOG_SECONDS = 3
const SEND_SECONDS = 8

/** @throws Error that does not contain the URL of a webhook. */
export async function send(
  system: System,
  recipient: AlertRecipient,
  message: Message,
  { environment, signal }: { readonly environment: Environment; readonly signal: AbortSignal },
): Promise<void> {
  if (recipient.kind === 'log')
    return writeLog(system, lineOf(message.fact), { ...levelOf(message), environment, signal })
  if (recipient.kind === 'mail') {
    const options = { input: mailText(recipient.address, message), timeoutSeconds: SEND_SECONDS, signal }
    await runToSuccess(system, sendmail, ['-i', '--', recipient.address], options)
    return
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SEND_SECONDS * 1000)])
  const status = await system.postJson(recipient.url, JSON.stringify(objectOf(message)), limit)
  if (status < 200 || status > 299) throw new Error(`${recipient.host} answered with the status ${status}`)
}

function levelOf({ fact }: Message): { readonly level: string } {
  return { level: fact.what === 'recovered' ? 'notice' : 'warning' }
}

/** A facility of syslog(3); `none` and the like mean that Pacemaker does not use it. */
const FACILITY = /^(?:daemon|user|local[0-7]|auth|cron|kern|lpr|mail|news|syslog|uucp)$/

/** Writes a line to syslog, as the agents do: with Pacemaker's facility. */
export async function writeLog(
  system: System,
  line: string,
  {
    level,
    environment,
    signal,
  }: { readonly level: string; readonly environment: Environment; readonly signal: AbortSignal },
): Promise<void> {
  const { HA_LOGFACILITY: facility = '' } = environment
  const priority = `${FACILITY.test(facility) ? facility : 'daemon'}.${level}`
  const options = { input: `${line}\n`, timeoutSeconds: LOG_SECONDS, signal }
  await runToSuccess(system, logger, ['-t', 'vhacs-alert', '-p', priority], options)
}

/** As long as the subject of a message may be. */
const LONGEST_SUBJECT = 150

function mailText(address: string, { fact, here, time }: Message): string {
  const subject = `[vhacs] ${fact.text}`.replace(/[^ -~]/g, '?').slice(0, LONGEST_SUBJECT)
  return [
    `To: ${address}`,
    `Subject: ${subject}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    // RFC 3834: no automatic answer
    'Auto-Submitted: auto-generated',
    '',
    lineOf(fact),
    '',
    `Reported by ${here} at ${time.toISOString()}`,
    '',
  ].join('\n')
}

/** The object that a webhook gets, described in docs/alerts.md; chats show `text`. */
function objectOf({ fact, here, time }: Message): object {
  return {
    text: lineOf(fact),
    event: fact.what,
    storage: fact.cloud ?? null,
    vserver: fact.vserver ?? null,
    resource: fact.resource ?? null,
    node: fact.node,
    reason: fact.reason === '' ? null : fact.reason,
    todo: fact.todo,
    reportedBy: here,
    time: time.toISOString(),
  }
}
