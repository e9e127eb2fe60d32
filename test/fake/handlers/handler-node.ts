import { type Element, element } from '../../../cloud/xml.ts'
import type { HandlerName } from '../../../handlers/names.ts'
import { runHandler } from '../../../handlers/run.ts'
import { cibOf, edited } from '../../unit/cloud/cib.ts'
import { c0 } from '../../unit/cloud/examples.ts'
import { ALONE, drbd, type FakeDrbd, type FakeMinor } from '../drbd/drbd.ts'
import { type FakeSystem, fakeSystem } from '../system.ts'
import { clusterTools, type SharedCib, sharedCib } from './shared-cib.ts'

/** A storage node of the cloud c0, whose handlers DRBD calls. */
export interface HandlerNode {
  readonly name: string
  readonly system: FakeSystem
  readonly kernel: FakeDrbd
}

/** The CIB of the cloud c0, with all its nodes in the cluster; of its resources, DRBD: every look at it is a test's time. */
export const CIB = edited(cibOf({ clouds: [c0], nodes: ['node1', 'node2', 'node3'] }), found => {
  if (found.name === 'constraints') return [{ ...found, children: [] }]
  if (found.name !== 'resources') return undefined
  return [{ ...found, children: found.children.filter(({ attributes }) => attributes.id === 'c0-drbd-clone') }]
})

export const CONSTRAINT = 'drbd-fence-by-handler-c0-c0-drbd-clone'

export function sharedCibOfC0(cib = CIB): SharedCib {
  return sharedCib(['node1', 'node2', 'node3'], cib)
}

/** A node where DRBD has lost its peer, or is in the state of `minor`. */
export async function handlerNode(
  shared: SharedCib,
  name: string,
  minor: Partial<FakeMinor> = {},
  version?: string,
): Promise<HandlerNode> {
  const system = fakeSystem()
  const kernel = drbd(system, { c0: 0 }, version)
  system.put('/proc/sys/kernel/hostname', `${name}\n`)
  const modprobe = system.tools.get('modprobe')
  await modprobe?.(['drbd'], {})
  kernel.minors.set(0, { ...kernel.fresh, ...ALONE, ...minor })
  for (const [tool, act] of Object.entries(clusterTools(shared, name))) system.tools.set(tool, act)
  return { name, system, kernel }
}

export interface HandlerResult {
  readonly code: number
  /** The lines of the log, without their prefixes. */
  readonly lines: readonly string[]
}

/** Calls a handler as drbdadm of DRBD 8.4 does. */
export async function handle(
  { name, system }: HandlerNode,
  handler: HandlerName,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<HandlerResult> {
  let text = ''
  // no two calls begin at the same time in the same process
  await system.sleep(1)
  const code = await runHandler(handler, {
    system,
    environment: {
      DRBD_RESOURCE: 'c0',
      DRBD_MINOR: '0',
      ...(handler === 'fence-peer' && { DRBD_PEER: name === 'node1' ? 'node2' : 'node1' }),
      ...environment,
    },
    writeError: line => {
      text += line
    },
  })
  const lines = text.trimEnd().split('\n')
  return { code, lines: lines.map(line => line.replace(/^\S+: /, '')) }
}

/** Pacemaker's record of the resource c0-drbd on a node, in the children of its node_state. */
export function history(...operations: readonly Readonly<Record<string, string>>[]): Element[] {
  const made = operations.map((attributes, index) =>
    element('lrm_rsc_op', {
      id: `c0-drbd_${attributes.operation}_${index}`,
      'call-id': String(index + 1),
      'rc-code': '0',
      'op-status': '0',
      ...attributes,
    }),
  )
  return [
    element('lrm', { id: '2' }, [element('lrm_resources', {}, [element('lrm_resource', { id: 'c0-drbd' }, made)])]),
  ]
}
