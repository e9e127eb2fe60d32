import type { Takeover } from '../../cloud/readiness/takeovers.ts'

/** When a takeover would be due: `if node1 is lost`. */
export function occasion({ without, when }: Pick<Takeover, 'without' | 'when'>): string {
  return when.includes('loss') ? `if ${without} is lost` : `if ${without} is put in standby`
}

/** What is taken over: `the export of c0`. */
export function partText({ part, cloud }: Pick<Takeover, 'part' | 'cloud'>): string {
  return `the ${part} of ${cloud}`
}

/** What an operator would miss: `the mount of c0 would not move: …`, or that a vserver would not run although its mount moves. */
export function missingText(takeover: Takeover): string {
  const isMoved = takeover.obstacles.every(({ concerns }) => concerns === 'vserver')
  return isMoved ? obstaclesText(takeover) : `${partText(takeover)} would not move: ${obstaclesText(takeover)}`
}

/** What is in the way, each with what to do. */
export function obstaclesText({ obstacles }: Pick<Takeover, 'obstacles'>): string {
  return obstacles.map(({ what, todo }) => `${what} (${todo})`).join('; ')
}

/** Lines for --info: `takeover by node2`, `ready (export)`. */
export function takeoverLines(takeovers: readonly Takeover[]): (readonly [string, string])[] {
  const ready = takeovers.filter(({ obstacles }) => obstacles.length === 0)
  const byNode = Map.groupBy(ready, ({ by }) => by.join(', '))
  return [
    ...[...byNode].map(([node, found]) => {
      const parts = [...new Set(found.map(({ part }) => part))].join(' and ')
      return [`takeover by ${node}`, `ready (${parts})`] as const
    }),
    ...takeovers.filter(({ obstacles }) => obstacles.length > 0).map(notReady),
  ]
}

function notReady(takeover: Takeover): readonly [string, string] {
  const { by, part } = takeover
  const name = by.length === 0 ? 'takeover' : `takeover by ${by.join(' or ')}`
  return [name, `NOT READY (${part}, ${occasion(takeover)}): ${obstaclesText(takeover)}`]
}

/** A takeover for --json. */
export function takeoverObject({ part, without, when, by, obstacles, actions }: Takeover) {
  return {
    part,
    without,
    when,
    by,
    isReady: obstacles.length === 0,
    obstacles: obstacles.map(({ what, todo }) => ({ what, todo })),
    actions: actions.map(({ task, resource, from, to }) => ({ task, resource, from: from ?? null, to: to ?? null })),
  }
}
