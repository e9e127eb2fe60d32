import type { Cloud, Vserver } from '../../../../cloud/cloud.ts'
import { cibOf, withNodeState } from '../cib.ts'
import { simulate } from '../pacemaker.ts'

/** A cluster on whose nodes all these clouds and vservers run, with a promotion score on both sides of each cloud. */
export function runningCib(
  clouds: readonly Cloud[],
  nodes: readonly string[],
  vservers: readonly Vserver[] = [],
): string {
  const scored = nodes.reduce((cib, node) => {
    const sides = clouds.filter(({ storageNodes }) => storageNodes.includes(node))
    return withNodeState(cib, node, Object.fromEntries(sides.map(({ name }) => [`master-${name}-drbd`, '10000'])))
  }, cibOf({ clouds, vservers, nodes }))
  return settled(scored)
}

/** Runs transitions until the scheduler has nothing more to do. */
export function settled(cib: string): string {
  const { summary, cib: next } = simulate(cib)
  return summary.length === 0 ? next : settled(next)
}
