import type { AlertEvent } from './event.ts'
import type { VserverPart } from './vserver.ts'

/** What is worth a line. */
export interface Fact {
  /** What it is about: a later fact about the same subject may end this one. */
  readonly subject: string
  readonly what: 'lost' | 'fenced' | 'fencing-failed' | 'degraded' | 'split-brain' | 'failed' | 'recovered'
  readonly node: string
  readonly cloud?: string
  readonly vserver?: string
  readonly resource?: string
  /** Up to the reason. */
  readonly text: string
  readonly reason: string
  readonly todo: string
}

/** OCF_DEGRADED and OCF_DEGRADED_PROMOTED. */
const DEGRADED = [190, 191]

/** Of an action that Pacemaker has cancelled, or that is still running: enum pcmk_exec_status. */
const UNFINISHED = [-1, 1]

/** OCF_SUCCESS, OCF_NOT_RUNNING and OCF_RUNNING_PROMOTED: what a probe finds is no failure. */
const FOUND = [0, 7, 8]

/** Looks up the vserver that a resource is part of. */
export type VserverLookup = (resource: string) => VserverPart | undefined

/** The fact in an event; undefined for what goes as it should. */
export function factOf(event: AlertEvent, vserverPartOf: VserverLookup): Fact | undefined {
  if (event.node === '') return undefined
  if (event.kind === 'node') return nodeFact(event)
  return event.kind === 'fencing' ? fencingFact(event) : resourceFact(event, vserverPartOf)
}

function nodeFact({ node, description }: AlertEvent): Fact | undefined {
  const about = { subject: `node ${node}`, node, reason: '' }
  if (description === 'lost')
    return {
      ...{ ...about, what: 'lost', text: `node ${node} is lost` },
      todo: 'run "vhacs cluster --monitor1" to see what has moved, and find out why it is down',
    }
  if (description === 'member')
    return { ...about, what: 'recovered', text: `node ${node} is back`, todo: 'run "vhacs cluster --check"' }
  return undefined
}

function fencingFact({ node, code, description }: Extract<AlertEvent, { kind: 'fencing' }>): Fact {
  const about = { subject: `node ${node}`, node, reason: description }
  if (code === 0)
    return {
      ...{ ...about, what: 'fenced', text: `node ${node} was fenced` },
      todo: 'run "vhacs cluster --history" to see why, and start the node if it is off',
    }
  return {
    ...{ ...about, what: 'fencing-failed', text: `node ${node} could not be fenced` },
    todo: `check the fencing device with "vhacs cluster --check"; if the node is surely off, run "stonith_admin --confirm ${node}"`,
  }
}

function resourceFact(
  event: Extract<AlertEvent, { kind: 'resource' }>,
  vserverPartOf: VserverLookup,
): Fact | undefined {
  const { node, resource, task, code, wantedCode, status, isRecurring, description } = event
  if (resource === '' || UNFINISHED.includes(status)) return undefined
  const isProbe = task === 'monitor' && !isRecurring
  if (isProbe && status === 0 && FOUND.includes(code)) return undefined
  const isWell = status === 0 && code === wantedCode
  // whatever starts is monitored soon
  if (isWell && !isRecurring) return undefined
  const { prefix, part, todo, ...names } = nameOf(resource, vserverPartOf)
  const about = { subject: `${resource} on ${node}`, node, resource, ...names }
  if (DEGRADED.includes(code) && status === 0)
    return { ...about, what: 'degraded', text: `${prefix}${part} is degraded on ${node}`, reason: '', todo }
  if (isWell) {
    const text = `${prefix}${part} has recovered on ${node}`
    return { ...about, what: 'recovered', text, reason: '', todo: 'nothing needs to be done' }
  }
  return { ...about, what: 'failed', text: `${prefix}${task} of ${part} failed on ${node}`, reason: description, todo }
}

const PARTS: Readonly<Record<string, string>> = {
  lvm: 'the volume',
  drbd: 'DRBD',
  target: 'the target',
  address: 'the address',
  session: 'the session',
  filesystem: 'the file system',
}

/** A resource in words: of what it is a part, and what to do about it. */
interface Named {
  readonly cloud?: string
  readonly vserver?: string
  readonly prefix: string
  readonly part: string
  readonly todo: string
}

/** By the cloud and the part that it has in its name (cloud/ids.ts), or as a part of a vserver; any other is named as it is. */
function nameOf(resource: string, vserverPartOf: VserverLookup): Named {
  const [, cloud, part = ''] = /^([\w-]+)-([a-z]+)$/.exec(resource) ?? []
  const words = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined
  if (cloud !== undefined && words !== undefined)
    return { cloud, prefix: `storage ${cloud}: `, part: words, todo: `run "vhacs storage --info ${cloud}"` }
  const found = vserverPartOf(resource)
  if (found !== undefined)
    return {
      ...found,
      prefix: `vserver ${found.vserver} on storage ${found.cloud}: `,
      todo: `run "vhacs vserver --info ${found.vserver}"`,
    }
  const todo = `run "crm_mon -1 -r", then "crm_resource --cleanup --resource ${resource}" when it is repaired`
  return { prefix: '', part: resource, todo }
}

/** The same fact with the reason that the cluster has for it. */
export function withReason(fact: Fact, reason: string): Fact {
  const known = { ...fact, reason }
  // what is in a container may print anything
  if (fact.cloud === undefined || fact.vserver !== undefined || !/\bsplit brain \(/.test(reason)) return known
  return {
    ...{ ...known, what: 'split-brain', text: `storage ${fact.cloud}: DRBD has a split brain on ${fact.node}` },
    todo: `choose the node whose changes are discarded, then run "vhacs storage --unfail ${fact.cloud} --discard NODE"`,
  }
}

/** As much as a line of a log and the subject of a message may have. */
const LONGEST = 700

/** The one line about a fact. */
export function lineOf({ text, reason, todo }: Fact): string {
  const end = `; ${todo}`
  const begin = reason === '' ? text : `${text}: ${reason}`
  const room = LONGEST - end.length
  return `${begin.length <= room ? begin : `${begin.slice(0, room - 1)}…`}${end}`
}
