import type { Cloud, Vserver } from '../../cloud.ts'
import { vserverIds } from '../../ids.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'
import { bans } from './bans.ts'
import { failures } from './failures.ts'
import { settings } from './settings.ts'

/** What keeps Pacemaker from running a vserver on a node that has the mount of its cloud, as far as the CIB says. */
export function vserverObstacles(situation: Situation, cloud: Cloud, { name }: Vserver, node: string): Obstacle[] {
  const resources: string[] = Object.values(vserverIds(name))
  const found = [
    ...settings(situation, resources),
    ...bans(situation, { cloud, node, resources }),
    ...failures(situation, node, resources),
  ]
  return found.map(obstacle => ({
    ...obstacle,
    what: `${notRunning(name, node)}: ${obstacle.what}`,
    concerns: 'vserver',
  }))
}

/** The same for one that the scheduler would not run there: one obstacle at least. */
export function leftBehind(situation: Situation, cloud: Cloud, vserver: Vserver, node: string): Obstacle[] {
  const found = vserverObstacles(situation, cloud, vserver, node)
  const { name } = vserver
  if (found.length > 0) return found
  return [{ what: notRunning(name, node), todo: `see "vhacs vserver --info ${name}"`, concerns: 'vserver' }]
}

const notRunning = (name: string, node: string) => `the vserver ${name} would not run on ${node}`
