import type { Interruption } from '../../../cloud/history/interruption.ts'
import { pauseSecondsOf, secondsOf, stepsOf } from './interruption-times.ts'
import type { AskedNode } from './node-log.ts'

/** For JSON. */
export function historyObject(interruptions: readonly Interruption[], nodes: readonly AskedNode[]): object {
  return {
    interruptions: interruptions.map(interruptionObject),
    nodes: nodes.map(({ node, begin, clockLeadSeconds, problem }) => ({
      node,
      since: begin === undefined ? null : timeText(begin),
      clockLeadSeconds: Number.isFinite(clockLeadSeconds) ? Number(clockLeadSeconds?.toFixed(3)) : null,
      problem: problem ?? null,
    })),
  }
}

function interruptionObject(found: Interruption): object {
  const { cloud, vserver, kind, reason, isComplete, moments } = found
  const steps = stepsOf(found)
  return {
    storage: cloud,
    vserver: vserver ?? null,
    kind,
    reason: reason ?? null,
    isComplete,
    at: timeText(moments[0]?.at ?? 0),
    seconds: secondsOf(found),
    pauseSeconds: pauseSecondsOf(found) ?? null,
    export: routeObject(found.export),
    mount: routeObject(found.mount),
    container: routeObject(found.container),
    events: moments.map(({ at, log, what, node, part, by }, index) => ({
      ...{ at: timeText(at), seconds: steps[index] ?? null, event: what, node },
      ...{ part: part ?? null, by: by ?? null, log },
    })),
  }
}

function routeObject(route: Interruption['export']): object | null {
  return route === undefined ? null : { from: route.from ?? null, to: route.to ?? null }
}

/** ISO 8601. */
function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
