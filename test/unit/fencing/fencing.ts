import { runFencing } from '../../../fencing/run.ts'
import { type FakeSystem, fakeSystem, type ToolResult } from '../../fake/system.ts'

/* A node of a cluster of two, as a fencing agent finds it. The outputs of corosync-cmapctl were recorded on Debian 12. */

export const DISK = '/dev/disk/by-id/virtio-sbd'

/** What a node sees of node2. */
export interface View {
  readonly hasLink: boolean
  readonly isMember: boolean
  /** Whether its Pacemaker is in the local CIB as one that has joined. */
  readonly hasJoined: boolean
  /** Whether the scheduler would fence it. */
  readonly isWanted: boolean
}

export const LOST: View = { hasLink: false, isMember: false, hasJoined: false, isWanted: true }
export const BACK: View = { hasLink: true, isMember: true, hasJoined: true, isWanted: false }

interface Node {
  readonly system: FakeSystem
  /** The messages for nodes that sbd was to write. */
  readonly messages: string[]
  /** The slots for claims on the disk, with their messages. */
  readonly claims: Map<string, string>
  /** The views one after another, each for one look at corosync; the last one stays. */
  views: readonly View[]
  /** The messages in the slot of this node, one after another, each for one look at the disk; the last one stays. */
  told: readonly string[]
  /** Clients of requests that are pending. */
  clients: readonly string[]
  /** What the transition graph says of priority-fencing-delay, if it fences node2. */
  delay: string | undefined
}

export function node(...views: readonly View[]): Node {
  const system = fakeSystem({ '/run/vhacs/.keep': '', '/proc/sys/kernel/hostname': 'node1\n' })
  const claims = new Map(['vhacs-claim-node1', 'vhacs-claim-node2'].map(name => [name, 'clear']))
  const one: Node = {
    system,
    messages: [],
    claims,
    views,
    told: ['clear'],
    clients: ['pacemaker-controld.1287'],
    delay: '10',
  }
  const now = () => one.views[0] ?? LOST
  system.tools.set('corosync-cmapctl', args => {
    const stdout = args[1] === 'stats' ? stats(now()) : icmap(now())
    // the statistics are read last
    if (args[1] === 'stats' && one.views.length > 1) one.views = one.views.slice(1)
    return { status: 0, stdout }
  })
  system.tools.set('stonith_admin', args => ({
    status: 0,
    stdout: history(args.includes('--verbose') ? one.clients : []),
  }))
  system.tools.set('cibadmin', () => ({ status: 0, stdout: cib(now()) }))
  system.tools.set('crm_simulate', args => {
    const graph = args.indexOf('--save-graph')
    if (graph !== -1) system.put(args[graph + 1] ?? '', transition(now(), one.delay))
    return { status: 0, stdout: planned(now()) }
  })
  system.tools.set('sbd', args => sbd(one, args))
  return one
}

function sbd(one: Node, args: readonly string[]): ToolResult {
  const [name = '', message = ''] = args.slice(args.indexOf('message') + 1)
  if (args.includes('list')) {
    const [told = 'clear', ...later] = one.told
    if (later.length > 0) one.told = later
    const target = one.messages.at(-1)?.split(' ').at(-1) ?? 'clear'
    const slots = [['node1', told], ['node2', target], ...one.claims].map(
      ([slot, text], index) => `${index}\t${slot}\t${text}\t\n`,
    )
    return { status: 0, stdout: slots.join('') }
  }
  if (args.includes('allocate')) one.claims.set(args.at(-1) ?? '', 'clear')
  else if (!name.startsWith('vhacs-claim-')) one.messages.push(args.join(' '))
  else if (one.claims.has(name)) one.claims.set(name, message)
  else return { status: 1, stderr: 'sbd failed; please check the logs.\n' }
  return 0
}

/** Calls the agent as the fencer does. */
export async function call(one: Node, options: Readonly<Record<string, string>>, args: readonly string[] = []) {
  let stdout = ''
  let stderr = ''
  const [looking, patience] = [new AbortController(), new AbortController()]
  setTimeout(() => looking.abort(), 20_000)
  setTimeout(() => patience.abort(), 27_000)
  const code = await runFencing({
    system: one.system,
    args,
    readInput: async () =>
      Object.entries(options)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    writeOutput: text => {
      stdout += text
    },
    writeError: text => {
      stderr += text
    },
    signal: looking.signal,
    patience: patience.signal,
  })
  return { code, stdout, stderr }
}

const LINK = `stats.knet.node1.link0.connected (u8) = 1
stats.knet.node1.link0.enabled (u8) = 1
`
const stats = ({ hasLink }: View) => `${LINK}stats.knet.node2.link0.connected (u8) = ${hasLink ? 1 : 0}
stats.knet.node2.link0.enabled (u8) = 1
stats.knet.node2.link1.connected (u8) = 0
stats.knet.node2.link1.enabled (u8) = 1
`
const icmap = ({ isMember }: View) => `nodelist.local_node_pos (u32) = 0
nodelist.node.0.name (str) = node1
nodelist.node.0.nodeid (u32) = 1
nodelist.node.0.ring0_addr (str) = 10.77.2.1
nodelist.node.1.name (str) = node2
nodelist.node.1.nodeid (u32) = 2
nodelist.node.1.ring0_addr (str) = 10.77.2.2
runtime.members.1.ip (str) = r(0) ip(10.77.2.1) r(1) ip(10.77.1.1) 
runtime.members.1.status (str) = joined
runtime.members.2.ip (str) = r(0) ip(10.77.2.2) r(1) ip(10.77.1.2) 
runtime.members.2.status (str) = ${isMember ? 'joined' : 'left'}
`

const history = (
  clients: readonly string[],
) => `<pacemaker-result api-version="2.25" request="stonith_admin --history node2">
  <fence_event target="node2" action="reboot" state="success" client="stonith_admin.7" origin="node1" status="success"/>
  ${clients.map(client => `<fence_event target="node2" action="reboot" client="${client}" origin="node1" status="pending"/>`).join('')}
  <status code="0" message="OK"/>
</pacemaker-result>`

const cib = ({ isMember, hasJoined }: View) => `<cib><configuration/><status>
  <node_state id="2" uname="node2" in_ccm="${isMember}" crmd="${hasJoined ? 'online' : 'offline'}"
    join="${hasJoined ? 'member' : 'down'}" expected="member"/>
</status></cib>`

const planned = ({ isWanted }: View) => `<pacemaker-result api-version="2.25" request="crm_simulate">
  <actions>${isWanted ? '<node_action task="fence" node="node2" reason="demo-target failed there"/>' : ''}</actions>
</pacemaker-result>`

const transition = (
  { isWanted }: View,
  delay: string | undefined,
) => `<transition_graph cluster-delay="60s" stonith-timeout="60s" failed-stop-offset="INFINITY" transition_id="0"><synapse id="0">
  <action_set>${isWanted ? `<crm_event id="1" operation="stonith" operation_key="stonith-node2-reboot" on_node="node2" on_node_uuid="2"><attributes CRM_meta_on_node="node2" ${delay === undefined ? '' : `CRM_meta_priority_fencing_delay="${delay}"`} CRM_meta_stonith_action="reboot"/></crm_event>` : ''}</action_set>
</synapse></transition_graph>`
