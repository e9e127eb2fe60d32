import { watched } from './cluster.ts'
import { type LostNodes, lostNodes } from './lost-nodes.ts'

/** node1, which is left alone with quorum, and whose controller waits for a coordinator that is gone. */
export interface WaitingNode extends LostNodes {
  /** The state of its controller; undefined while there is none. */
  state: string | undefined
  /** Of its controller. */
  pid: number
  /** What systemd says of Pacemaker. */
  activity: string
  /** What becomes of a new controller, by the seconds since its start. */
  states: readonly (readonly [afterSeconds: number, state: string])[]
  /** Called at each look at the state. */
  look: () => void
}

const PACEMAKERD = 500
/** Time in which pacemakerd starts a new controller. */
const RESPAWN_SECONDS = 1

export function waitingNode(names: readonly string[] = ['node1', 'node2']): WaitingNode {
  const world: WaitingNode = Object.assign(lostNodes(names), {
    ...{ state: 'S_PENDING', pid: 0, activity: 'active', look: () => undefined },
    states: [
      [0, 'S_STARTING'],
      [3, 'S_PENDING'],
      [23, 'S_ELECTION'],
      [24, 'S_IDLE'],
    ] as const,
  })
  world.waitsForAll = false
  const { cluster } = world
  const { system } = cluster
  const tool = (name: string, act: Parameters<typeof watched>[3]) =>
    system.tools.set(name, watched(cluster, 'node1', name, act))
  let renewedAt: number | undefined
  const stateNow = () => {
    if (renewedAt === undefined) return world.state
    const seconds = (system.now() - renewedAt) / 1000 - RESPAWN_SECONDS
    return world.states.findLast(([after]) => after <= seconds)?.[1]
  }
  tool('crmadmin', () => {
    world.look()
    const state = stateNow()
    return state === undefined ? { status: 102, stderr: 'error: Could not connect to controller\n' } : answer(state)
  })
  tool('systemctl', ([verb]) =>
    verb === 'show' ? { status: 0, stdout: `MainPID=${PACEMAKERD}\nActiveState=${world.activity}\n` } : 0,
  )
  const start = (pid: number) => {
    world.pid = pid
    putProcess(world, pid)
    system.put(`/proc/${PACEMAKERD}/task/${PACEMAKERD}/children`, `501 ${pid} `)
    system.processes.set(pid, () => {
      system.take(`/proc/${pid}`)
      renewedAt = system.now()
      start(pid + 100)
    })
  }
  system.put(`/proc/501/stat`, statText(501, 'pacemaker-based'))
  system.put(`/proc/${PACEMAKERD}/environ`, 'PATH=/usr/bin\0PCMK_service=pacemakerd\0')
  start(507)
  return world
}

const answer = (state: string) => ({ status: 0, stdout: `${state}\n` })

function putProcess({ cluster }: LostNodes, pid: number): void {
  cluster.system.put(`/proc/${pid}/stat`, statText(pid, 'pacemaker-contr'))
}

function statText(pid: number, name: string): string {
  return `${pid} (${name}) S ${PACEMAKERD} ${pid} ${pid} 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 9${pid} 1000 200\n`
}
