import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { recordedInitiator, rolesIn } from '../../../../cloud/node-attributes.ts'
import type { System } from '../../../../system/system.ts'
import { primitiveIds } from '../../../clouds/lifecycle.ts'
import { error, type Finding, onNode } from '../../examine/finding.ts'
import { initiatorIn } from '../../findings/setting-findings.ts'
import { aclFindings } from '../../readiness/facts/acl.ts'
import type { Evidence } from '../evidence.ts'
import { chapFindings } from './chap-findings.ts'
import { replicationFindings } from './replication-findings.ts'

/** Findings about active storages. Queries the nodes of storages whose replication seems to have a fault. */
export async function cloudFindings(system: System, evidence: Evidence): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const cloud of evidence.cluster.clouds.filter(({ state }) => state === 'active')) {
    findings.push(...runningFindings(cloud, evidence), ...(await replicationFindings(system, cloud, evidence)))
  }
  return [...findings, ...initiatorFindings(evidence), ...(await chapFindings(system, evidence))]
}

function runningFindings({ name, directory }: Cloud, { active }: Evidence): Finding[] {
  const missing = primitiveIds(name).filter(id => !active.has(id))
  if (missing.length === 0) return []
  const state = active.has(resourceIds(name).filesystem) ? 'is only partly running' : `is not mounted at ${directory}`
  const todo = `find the cause with "crm_mon -1rf", fix it, then run "vhacs storage --unfail ${name}"`
  return [error(`${name} ${state}: ${missing.join(', ')} not running`, todo)]
}

/** A vhost whose initiator is not in a storage's ACL cannot log in, and Pacemaker does not detect that. */
function initiatorFindings({ cluster: { nodes, clouds }, examinations }: Evidence): Finding[] {
  const vhosts = nodes.filter(({ attributes }) => rolesIn(attributes).includes('vhost'))
  return vhosts.flatMap(({ name: node, attributes }) => {
    const examined = examinations.find(candidate => candidate.node === node)
    const initiator = examined ? initiatorIn(examined) : recordedInitiator(attributes)
    return onNode(node, aclFindings(initiator, clouds, node))
  })
}
