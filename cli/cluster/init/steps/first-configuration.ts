import { nodeAttributes } from '../../../../cloud/node-attributes.ts'
import { type Element, element, printXml } from '../../../../cloud/xml.ts'
import { type FencingProperty, fencingPropertyName } from '../../../../system/pacemaker/fencing-properties.ts'
import type { SbdAgent } from '../../examine/fencing/sbd.ts'
import type { InitRequest } from '../input/request.ts'
import type { SbdHeader } from '../input/sbd-header.ts'

/** Id of the fencing device. */
export const FENCE = 'fence-sbd'

/** How sbd fences. */
export interface SbdPlan {
  readonly header: Omit<SbdHeader, 'uuid'>
  /** The fencing agent; undefined unless nodes are fenced by the disk. */
  readonly agent: SbdAgent | undefined
}

/** The maximum of a random delay in seconds, so that two nodes that have lost each other do not fence each other. */
const DELAY_SECONDS = 5
/** Pacemaker's default timeout for fencing. */
const SHORTEST_SECONDS = 60

/** What the nodes report about themselves. */
interface NodeFacts {
  /** Initiator names, by node. */
  readonly initiators: ReadonlyMap<string, string>
  /** Of Pacemaker. */
  readonly versions: readonly string[]
}

/** The configuration of a new cluster, a fragment of its CIB. */
export function firstConfiguration(
  { nodes, roles, fencing }: InitRequest,
  { header, agent }: SbdPlan,
  { initiators, versions }: NodeFacts,
): string {
  const { watchdogSeconds, messageSeconds } = header
  const named = (property: FencingProperty) => fencingPropertyName(property, versions)
  const byFencing: Record<string, string> = {
    // sbd(8) recommends twice msgwait
    ...(fencing.by === 'disk' && {
      [named('fencing-timeout')]: `${Math.max(SHORTEST_SECONDS, 2 * messageSeconds + DELAY_SECONDS)}s`,
    }),
    ...(fencing.by === 'watchdog' && { [named('fencing-watchdog-timeout')]: `${2 * watchdogSeconds}s` }),
  }
  const properties = { [named('fencing-enabled')]: 'true', 'no-quorum-policy': 'stop', ...byFencing }
  const isDisk = fencing.by === 'disk' && agent !== undefined
  return printXml(
    element('configuration', {}, [
      element('crm_config', {}, [
        element('cluster_property_set', { id: 'cib-bootstrap-options' }, pairs('cib-bootstrap-options', properties)),
      ]),
      element(
        'nodes',
        {},
        nodes.flatMap((name, index) => {
          const { attributes } = nodeAttributes(name, { roles, initiator: initiators.get(name) })
          return Object.keys(attributes).length === 0 ? [] : [nodeElement(name, index + 1, attributes)]
        }),
      ),
      element('resources', {}, isDisk ? [fencingDevice(agent, fencing.device, nodes.length)] : []),
      element('rsc_defaults', {}, [
        element('meta_attributes', { id: 'rsc-options' }, pairs('rsc-options', { 'resource-stickiness': '100' })),
      ]),
    ]),
  )
}

/** With the ids that crm_attribute would give. */
function nodeElement(name: string, id: number, attributes: Readonly<Record<string, string>>): Element {
  const set = `nodes-${id}`
  return element('node', { id: String(id), uname: name }, [
    element('instance_attributes', { id: set }, pairs(set, attributes)),
  ])
}

function fencingDevice(agent: SbdAgent, device: string, nodes: number): Element {
  const parameters = {
    [agent === 'fence_sbd' ? 'devices' : 'sbd_device']: device,
    ...(nodes === 2 && { pcmk_delay_max: `${DELAY_SECONDS}s` }),
  }
  const set = `${FENCE}-instance_attributes`
  return element('primitive', { id: FENCE, class: 'stonith', type: agent }, [
    element('instance_attributes', { id: set }, pairs(set, parameters)),
  ])
}

function pairs(set: string, values: Readonly<Record<string, string>>): Element[] {
  return Object.entries(values).map(([name, value]) => element('nvpair', { id: `${set}-${name}`, name, value }))
}
