import { secretFilesOf } from '../../../cloud/chap-files.ts'
import { parseActiveResources } from '../../../cloud/pacemaker/active-resources.ts'
import { CIB_DIRECTORY } from '../../../system/cib-directory.ts'
import { COROSYNC_CONF } from '../../../system/corosync/conf/corosync-conf.ts'
import { confTexts } from '../../../system/corosync/conf/texts.ts'
import { draftOf } from '../../../system/nodes/files/private-files.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import { monitorCluster, setNodeAttribute } from '../../../system/pacemaker/cib/cib.ts'
import { poll } from '../../clouds/lifecycle.ts'
import type { Step, Work } from '../../run/steps.ts'
import { daemonsThat } from '../examine/daemons.ts'
import { usedHeader } from '../examine/fencing/sbd-header.ts'
import { systemctl } from '../init/steps/context.ts'
import { KEY } from '../init/steps/corosync.ts'
import { EMPTY_CIB } from '../init/steps/daemons.ts'
import { removeFromConf } from '../membership/change-conf.ts'
import { journal } from '../membership/journal.ts'
import { setProperties } from '../membership/number-properties.ts'
import { removeFromPacemaker } from '../membership/removed-node.ts'
import type { Leaving } from './leaving.ts'

/** Allows for a stop that unmounts. */
const STOP_SECONDS = 300

/** The node stops being a member of the running cluster. Until then everything can be undone. */
export function stopSteps(work: Work, leaving: Leaving): Step[] {
  const { name, status } = leaving
  const isUp = ['online', 'standby'].includes(status.haStatus.get(name) ?? 'offline')
  return [...(isUp ? [enterStandby(work, leaving), awaitIdle(work, name)] : []), stopDaemons(work, leaving)]
}

/** Pacemaker moves away what may run elsewhere; its stop would do that too, but not tell what cannot move. */
function enterStandby({ system }: Work, { name, snapshot }: Leaving): Step {
  const before = snapshot.cluster.nodes.find(node => node.name === name)?.attributes.standby
  return {
    name: `putting ${name} in standby`,
    run: () => setNodeAttribute(system, name, 'standby', 'on'),
    undo: () => setNodeAttribute(system, name, 'standby', before),
  }
}

function awaitIdle({ system, interruption }: Work, name: string): Step {
  return {
    name: `waiting until nothing runs on ${name}`,
    waits: true,
    run: () =>
      poll(system, { seconds: STOP_SECONDS, interruption }, async () => {
        const active = parseActiveResources(await monitorCluster(system))
        const left = active.filter(({ node }) => node === name).map(({ id }) => id)
        return left.length === 0
          ? undefined
          : `${left.join(', ')} still run there after ${STOP_SECONDS} s; see "crm_mon -1rf"`
      }),
  }
}

/** Disabled first: a node that is reset meanwhile must not come back. Pacemaker stops before corosync, which stops sbd. */
function stopDaemons({ system }: Work, { name, examinations }: Leaving): Step {
  const noted = journal('')
  const [examined] = examinations.filter(({ node }) => node === name)
  const enabled = examined === undefined ? [] : daemonsThat(examined, 'enabled')
  const active = examined === undefined ? [] : daemonsThat(examined, 'active')
  return {
    name: `stopping Pacemaker and corosync on ${name}`,
    run: async () => {
      if (enabled.length > 0) noted.note(name, () => systemctl(system, name, 'enable', enabled))
      for (const daemon of ['corosync', 'pacemaker'] as const)
        if (active.includes(daemon)) noted.note(name, () => systemctl(system, name, 'start', [daemon]))
      if (enabled.length > 0) await systemctl(system, name, 'disable', enabled)
      for (const daemon of ['pacemaker', 'corosync'] as const) await systemctl(system, name, 'stop', [daemon])
    },
    undo: () => noted.undo(),
  }
}

/** The others forget the node, and the node forgets the cluster. Nothing of it is undone: the same command does what remains. */
export function removalSteps(work: Work, leaving: Leaving): Step[] {
  const { system } = work
  const { name, others, confs, fencing, examinations, snapshot } = leaving
  return [
    ...removeFromConf(work, { gone: [name], nodes: others, after: confTexts(confs, name).without }),
    removeFromPacemaker(system, name),
    ...setProperties(system, snapshot.root, others.length, { fencing, header: usedHeader(examinations) }),
    cleanNode(work, leaving),
  ]
}

/** The key and the secrets would let the node into the cluster and its storages again. */
function cleanNode({ system }: Work, { name, snapshot: { cluster } }: Leaving): Step {
  const secrets = cluster.clouds.flatMap(({ chap }) => secretFilesOf(chap)).flatMap(file => [file, draftOf(file)])
  // the configuration last: what remains to be done is known by it
  const files = [...new Set(secrets), KEY, `${COROSYNC_CONF}.new`, COROSYNC_CONF]
  return {
    name: `removing the cluster's files from ${name}`,
    run: async () => {
      const { stdout } = await runOn(system, name, ['ls', '-1', CIB_DIRECTORY], { looks: true, accepted: [0, 2] })
      if (stdout.trim() !== '') await runOn(system, name, [...EMPTY_CIB])
      await runOn(system, name, ['rm', '-f', '--', ...files])
    },
  }
}
