import type { Cloud, Vserver } from '../../cloud.ts'
import { vserverIds } from '../../ids.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'
import { bans } from './bans.ts'
import { failures } from './failures.ts'
import { settings } from './settings.ts'

/** Why Pacemaker would not run a vserver on the node that takes over the mount of its cloud; one obstacle at least. */
export function vserverObstacles(situation: Situation, cloud: Cloud, { name }: Vserver, node: string): Obstacle[] {
  const resources: string[] = Object.values(vserverIds(name))
  const found = [
    ...settings(situation, resources),
    ...bans(situation, { cloud, node, resources }),
    ...failures(situation, node, resources),
  ]
  const what = `the vserver ${name} would not run on ${node}`
  if (found.length === 0) return [{ what, todo: `see "vhacs vserver --info ${name}"`, concerns: 'cloud' }]
  return found.map(obstacle => ({ ...obstacle, what: `${what}: ${obstacle.what}` }))
}
