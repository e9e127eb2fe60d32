import { nvpairs } from '../../../cloud/cib/elements.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { child, descendants, type Element, element, printXml } from '../../../cloud/xml.ts'
import { parsedCib } from '../../unit/cloud/cib.ts'
import { operationDigest } from '../../unit/cloud/operation-digest.ts'
import { remembered } from '../../unit/cloud/remembered.ts'
import { fencesIn } from './crm-mon.ts'

/**
 * The CIB with the history that the nodes' executors would have written of what runs, and with the promotion scores of DRBD's agents;
 * unchanged if it has a history.
 */
export const withHistory = remembered((cib: string, active: readonly ActiveResource[]): string => {
  const root = parsedCib(cib)
  if (descendants(root, 'lrm_resource').length > 0) return cib
  const primitives = new Map(descendants(root, 'primitive').map(found => [found.attributes.id, found]))
  const fences = fencesIn(cib).map(fence => ({ id: fence, node: 'node1', role: 'Started' }))
  const status = child(root, 'status')
  const children = (status?.children ?? []).map(state => {
    const { id = '', uname } = state.attributes
    const running = [...active, ...fences].filter(({ node }) => node === uname)
    const lrm = element('lrm', { id }, [element('lrm_resources', {}, running.flatMap(historyOf(primitives)))])
    const others = state.children.filter(({ name }) => name !== 'lrm')
    const isScored = others.some(({ name }) => name === 'transient_attributes')
    return { ...state, children: [lrm, ...others, ...(isScored ? [] : [scores(id, running)])] }
  })
  return printXml({
    ...root,
    children: root.children.map(found => (found === status ? { ...found, children } : found)),
  })
})

function historyOf(primitives: ReadonlyMap<string | undefined, Element>): (running: ActiveResource) => Element[] {
  return ({ id, role }) => {
    const primitive = primitives.get(id)
    const { class: standard, provider, type } = primitive?.attributes ?? {}
    if (primitive === undefined || standard === undefined || type === undefined) return []
    const operation = role === 'Promoted' ? 'promote' : 'start'
    const transition = '1:1:0:00000000-0000-0000-0000-000000000000'
    const done = element('lrm_rsc_op', {
      ...{ id: `${id}_last_0`, operation_key: `${id}_${operation}_0`, operation, interval: '0' },
      ...{ 'transition-key': transition, 'transition-magic': `0:0;${transition}` },
      ...{ 'call-id': '1', 'rc-code': '0', 'op-status': '0' },
      'op-digest': operationDigest(nvpairs(primitive, 'instance_attributes')),
    })
    return [element('lrm_resource', { id, class: standard, ...(provider && { provider }), type }, [done])]
  }
}

function scores(id: string, running: readonly ActiveResource[]): Element {
  const pairs = running
    .filter(({ role, id: resource }) => role !== 'Started' && resource.endsWith('-drbd'))
    .map(({ id: resource }) => {
      const name = `master-${resource}`
      return element('nvpair', { id: `status-${id}-${name}`, name, value: '10000' })
    })
  return element('transient_attributes', { id }, [element('instance_attributes', { id: `status-${id}` }, pairs)])
}
