import { stateElement } from '../../cib/read/node-state.ts'
import { scoreOf } from '../../cib/score.ts'
import type { Cloud } from '../../cloud.ts'
import { resourceIds } from '../../ids.ts'
import { child, descendants } from '../../xml.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'

/** A side of DRBD for which the agent has set no promotion score, because its data are not good: it is never promoted. */
export function promotionObstacles({ cib }: Situation, { name }: Cloud, node: string): Obstacle[] {
  const { drbd } = resourceIds(name)
  const transient = child(stateElement(child(cib, 'status'), node), 'transient_attributes')
  const score = descendants(transient, 'nvpair').find(({ attributes }) => attributes.name === `master-${drbd}`)
  const value = score?.attributes.value ?? ''
  if (score !== undefined && scoreOf(value) >= 0) return []
  const what = `the data of ${name} on ${node} are not known to be up to date (${drbd} has no promotion score there)`
  return [{ what, todo: `vhacs storage --info ${name}`, concerns: 'replication' }]
}
