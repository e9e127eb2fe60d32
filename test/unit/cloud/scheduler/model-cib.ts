import { constraintElements, resourceElements } from '../../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import type { Composition, Operation, Primitive } from '../../../../cloud/compose/composition.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../../../../cloud/node-attributes.ts'
import { type Element, element, printXml } from '../../../../cloud/xml.ts'
import { FENCING_DEVICE } from '../cib.ts'
import { operationDigest } from '../operation-digest.ts'
import { type Failure, type Model, type ModelNode, promotionScore, type Role } from './model.ts'

/** What is made of each object, once: events change a few of them. */
function once<Key extends object, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const known = new WeakMap<Key, Made>()
  return key => {
    const made = known.get(key) ?? make(key)
    known.set(key, made)
    return made
  }
}

const composed = once(compose)

/** The CIB of the model, with a status section as the nodes' executors would have written it. */
export function cibOf(model: Model): string {
  const compositions = model.clouds.map(composed)
  const fence = element('primitive', { id: FENCING_DEVICE, class: 'stonith', type: 'external/sbd' })
  const configuration = element('configuration', {}, [
    element('crm_config', {}, [
      element('cluster_property_set', { id: 'options' }, [nvpair('options', 'stonith-enabled', 'true')]),
    ]),
    element('nodes', {}, model.nodes.map(nodeElement)),
    element('resources', {}, [fence, ...compositions.flatMap(resourceElements)]),
    element('constraints', {}, [
      ...compositions.flatMap(constraintElements),
      ...[...model.fencedFor].map(([cloud, node]) => fenceConstraint(cloud, node)),
    ]),
  ])
  const primitives = compositions.flatMap(primitivesOf)
  const status = element(
    'status',
    {},
    model.nodes.map((node, index) => nodeState(model, node, index, primitives)),
  )
  const version = { epoch: '1', num_updates: '0', admin_epoch: '0', crm_feature_set: '3.15.0', 'have-quorum': '1' }
  return printXml(element('cib', { 'validate-with': 'pacemaker-3.9', ...version }, [configuration, status]))
}

function primitivesOf({ resources }: Composition): readonly Primitive[] {
  return resources.flatMap(resource => (resource.kind === 'clone' ? [resource.primitive] : resource.primitives))
}

function nvpair(owner: string, name: string, value: string): Element {
  return element('nvpair', { id: `${owner}-${name}`, name, value })
}

function nodeElement({ name, isStorage, isVhost, state }: ModelNode, index: number): Element {
  const attributes = [
    ...(isStorage ? [nvpair(name, STORAGE_ATTRIBUTE, 'true')] : []),
    ...(isVhost ? [nvpair(name, VHOST_ATTRIBUTE, 'true')] : []),
    ...(state === 'standby' ? [nvpair(name, 'standby', 'on')] : []),
  ]
  const set = element('instance_attributes', { id: `${name}-attributes` }, attributes)
  return element('node', { id: String(index + 1), uname: name }, [set])
}

/** As crm-fence-peer.sh of DRBD 8.4 writes it. */
function fenceConstraint(cloud: string, node: string): Element {
  const clone = resourceIds(cloud).drbdClone
  const id = `drbd-fence-by-handler-${cloud}-${clone}`
  const expression = { id: `${id}-expr`, attribute: '#uname', operation: 'ne', value: node }
  const rule = { id: `${id}-rule`, role: 'Master', score: '-INFINITY' }
  return element('rsc_location', { id, rsc: clone }, [element('rule', rule, [element('expression', expression)])])
}

const IS_UP = { in_ccm: 'true', crmd: 'online', join: 'member', expected: 'member' }
const IS_LOST = { in_ccm: 'false', crmd: 'offline', join: 'down', expected: 'member' }
const IS_DOWN = { ...IS_LOST, expected: 'down' }

function nodeState(model: Model, node: ModelNode, index: number, primitives: readonly Primitive[]): Element {
  const id = String(index + 1)
  const membership = node.state === 'down' ? IS_DOWN : node.state === 'lost' ? IS_LOST : IS_UP
  const state = { id, uname: node.name, ...membership }
  if (node.state === 'down') return element('node_state', state)
  const resources = primitives.map(primitive => history(model, node.name, primitive))
  const device = fencingHistory(index === 0)
  const lrm = element('lrm', { id }, [element('lrm_resources', {}, [device, ...resources])])
  const scores = model.clouds.flatMap(cloud => {
    const score = promotionScore(model, cloud, node.name)
    return score === undefined ? [] : [nvpair(`status-${id}`, `master-${resourceIds(cloud.name).drbd}`, String(score))]
  })
  const attributes = element('instance_attributes', { id: `status-${id}` }, scores)
  return element('node_state', state, [lrm, element('transient_attributes', { id }, [attributes])])
}

const DEVICE = { id: FENCING_DEVICE, parameters: {} }

/** The fencing device runs on the first node; no test is about it. */
function fencingHistory(isHere: boolean): Element {
  const attributes = { id: FENCING_DEVICE, class: 'stonith', type: 'external/sbd' }
  const operation = isHere ? ran(DEVICE, { name: 'start' }) : ran(DEVICE, { name: 'monitor', exitCode: 7 })
  return element('lrm_resource', attributes, [operation])
}

/** The resource's history in the node's executor: it was started, or a probe found it stopped. */
function history(model: Model, node: string, primitive: Primitive): Element {
  const { id, provider, type } = primitive
  const role = model.running.get(`${id}@${node}`)
  const failure = model.failures.find(failed => failed.resource === id && failed.node === node)
  const operations =
    role === undefined
      ? [ran(primitive, { name: 'monitor', exitCode: 7 })]
      : [...started(primitive, role), ...(failure ? [failed(primitive, role, failure)] : [])]
  return element('lrm_resource', { id, class: 'ocf', provider, type }, operations)
}

function started(primitive: Primitive, role: Role): Element[] {
  const isPromoted = role === 'Promoted'
  return [
    ran(primitive, { name: isPromoted ? 'promote' : 'start' }),
    ran(primitive, { name: 'monitor', recurring: monitorIn(primitive, role), exitCode: isPromoted ? 8 : 0 }),
  ]
}

function failed(primitive: Primitive, role: Role, { operation, exitCode }: Failure): Element {
  const isMonitor = operation === 'monitor'
  const recurring = isMonitor ? monitorIn(primitive, role) : undefined
  const expected = isMonitor && role === 'Promoted' ? 8 : 0
  const found = ran(primitive, { name: operation, recurring, exitCode, expected })
  return { ...found, attributes: { ...found.attributes, id: `${primitive.id}_last_failure_0`, 'call-id': '9' } }
}

function monitorIn({ operations }: Primitive, role: Role): Operation | undefined {
  return operations.find(({ name, role: only }) => name === 'monitor' && (only ?? role) === role)
}

type Parametrised = Pick<Primitive, 'id' | 'parameters'>

interface Ran {
  readonly name: string
  readonly recurring?: Operation | undefined
  readonly exitCode?: number
  /** If it differs from the exit code, the operation has failed. */
  readonly expected?: number
}

function ran(primitive: Parametrised, { name, recurring, exitCode = 0, expected = exitCode }: Ran): Element {
  const { id } = primitive
  const key = `${id}_${name}_${recurring?.intervalMs ?? 0}`
  const transition = `1:1:${expected}:00000000-0000-0000-0000-000000000000`
  return element('lrm_rsc_op', {
    id: recurring ? key : `${id}_last_0`,
    operation_key: key,
    operation: name,
    'transition-key': transition,
    'transition-magic': `0:${exitCode};${transition}`,
    'call-id': recurring ? '2' : '1',
    'rc-code': String(exitCode),
    'op-status': '0',
    interval: String(recurring?.intervalMs ?? 0),
    'op-digest': digest(primitive, recurring),
  })
}

/** Shows the scheduler that the definition has not changed since. */
function digest(primitive: Parametrised, recurring: Operation | undefined): string {
  return recurring ? digestOfRecurring(primitive)(recurring) : digestOfSingle(primitive)
}

const digestOfSingle = once(({ parameters }: Parametrised) => operationDigest(parameters))

const digestOfRecurring = once(({ parameters }: Parametrised) =>
  once(({ timeoutSeconds }: Operation) =>
    operationDigest({ ...parameters, CRM_meta_timeout: String(timeoutSeconds * 1000) }),
  ),
)
