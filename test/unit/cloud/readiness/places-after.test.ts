import { expect, test } from 'vitest'
import { type ActiveResource, parseActiveResources } from '../../../../cloud/pacemaker/active-resources.ts'
import { decisionsIn } from '../../../../cloud/pacemaker/decisions.ts'
import { placesAfter } from '../../../../cloud/pacemaker/places-after.ts'
import { cibWithout } from '../../../../cloud/readiness/absence.ts'
import { child, parseXml, printXml } from '../../../../cloud/xml.ts'
import { runTool } from '../pacemaker.ts'
import { apart, inFullOperation, pair, shared, threePlusOne } from '../scheduler/clusters.ts'
import type { Model } from '../scheduler/model.ts'
import { cibOf } from '../scheduler/model-cib.ts'

/*
 * What is made of the scheduler's decisions is what crm_simulate comes to when it carries them out itself, which takes it too long for
 * use.
 */

const CLUSTERS: Readonly<Record<string, Model>> = { pair, shared, apart, threePlusOne }

const CASES = Object.entries(CLUSTERS).flatMap(([name, model]) =>
  model.nodes.flatMap(({ name: node }) =>
    (['loss', 'standby'] as const).map(how => [name, { model, node, how }] as const),
  ),
)

const texts = (places: readonly ActiveResource[]) =>
  places
    .filter(({ id }) => /^c\d+-/.test(id))
    .map(({ id, node, role }) => `${id} ${role} on ${node}`)
    .sort()

test.each(CASES)('$0: $1.how of $1.node', (_, { model, node, how }) => {
  const cib = cibWithout(parseXml(cibOf(inFullOperation(model))), { node, how }, { costsQuorum: false })

  const { status, stdout } = runTool('crm_simulate', ['--xml-pipe', '--simulate', '--output-as=xml'], {}, cib)

  expect(status).toBe(0)
  const result = parseXml(stdout)
  const part = (name: string) => parseActiveResources(printXml(child(result, name) ?? result))
  const after = placesAfter(part('cluster_status'), decisionsIn(result))
  expect(texts(after)).toEqual(texts(part('revised_cluster_status')))
})
