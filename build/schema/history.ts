import { flag, list, number, object, oneOf, orNull, ref, text, time } from './json-schema.ts'

export const route = object({ from: orNull(text), to: orNull(text) })

export const event = object({
  at: time,
  seconds: orNull(number),
  event: oneOf(
    ...['lastAnswer', 'connectionLost', 'sessionBack', 'nodeLost', 'fencingRequested', 'fenced', 'fencingFailed'],
    ...['monitorFailed', 'startFailed', 'stopFailed', 'stopping', 'unmounted', 'loggedOut', 'addressDown'],
    ...['targetDown', 'demoted', 'promoted', 'targetUp', 'addressUp', 'loggedIn', 'mounted'],
    ...['containerDown', 'containerUp'],
  ),
  node: text,
  part: oneOf('drbd', 'target', 'address', 'session', 'filesystem', 'container', null),
  by: orNull(text),
  log: text,
})

export const interruption = object({
  storage: text,
  vserver: orNull(text),
  kind: oneOf('failover', 'move', 'restart', 'stop'),
  reason: oneOf('standby', 'shutdown', 'rehearsal', 'constraint', null),
  isComplete: flag,
  at: time,
  seconds: number,
  pauseSeconds: orNull(number),
  export: orNull(ref('route')),
  mount: orNull(ref('route')),
  container: orNull(ref('route')),
  events: list(ref('event')),
})

export const history = object(
  {
    interruptions: list(ref('interruption')),
    nodes: list(object({ node: text, since: orNull(time), clockLeadSeconds: orNull(number), problem: orNull(text) })),
  },
  'vhacs cluster --history',
)
