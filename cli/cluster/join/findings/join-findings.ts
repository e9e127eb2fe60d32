import { nodeAttributes } from '../../../../cloud/node-attributes.ts'
import type { Finding } from '../../examine/finding.ts'
import { onNode } from '../../examine/finding.ts'
import { differenceFindings } from '../../findings/difference-findings.ts'
import { fitnessFindings } from '../../findings/fitness-findings.ts'
import { preparationFindings } from '../../init/findings/init-findings.ts'
import type { JoinRequest } from '../request.ts'
import { examinationsOf, type Situation } from '../situation.ts'
import { clusterStateFindings } from './cluster-state-findings.ts'
import { fencingOfNewcomers } from './fencing-of-newcomers.ts'
import { leftoverFindings } from './leftover-findings.ts'
import { newcomerFindings } from './newcomer-findings.ts'
import { versionFindings } from './version-findings.ts'

/** Findings about a cluster and the nodes that are to join it; with an error among them, none joins. */
export function joinFindings(situation: Situation, { roles }: JoinRequest): Finding[] {
  const { examinations, newcomers, snapshot } = situation
  const nodes = newcomers.map(name => nodeAttributes(name, { roles, initiator: undefined }))
  return [
    ...clusterStateFindings(situation),
    ...differenceFindings(examinations),
    ...fencingOfNewcomers(situation),
    ...examinationsOf(situation, newcomers).flatMap(examined => [
      ...fitnessFindings(examined, { nodes, clouds: [] }),
      ...onNode(examined.node, [
        ...versionFindings(examined, situation),
        ...newcomerFindings(examined, situation),
        ...preparationFindings(examined),
        ...leftoverFindings(examined, snapshot.cluster.clouds),
      ]),
    ]),
  ]
}
