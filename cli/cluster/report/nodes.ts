import { secretFilesOf } from '../../../cloud/chap-files.ts'
import { COROSYNC_CONF, parseCorosyncConf } from '../../../system/corosync/conf/corosync-conf.ts'
import { exists } from '../../../system/files.ts'
import { hostName } from '../../../system/host-name.ts'
import { runScriptOn } from '../../../system/nodes/script.ts'
import type { System } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { messageOf } from '../../run/steps.ts'
import { whyUnavailable } from '../../run/unavailable.ts'
import { COLLECT } from './collect-script.ts'
import { type Collected, parseCollected } from './collected.ts'

/** What a node prints at most, and all nodes together, in bytes. */
const NODE_BYTES = 16 * 2 ** 20
const ALL_BYTES = 96 * 2 ** 20

/** The script ends sooner, except on a node that hangs. */
const NODE_SECONDS = 180

export interface KnownCluster {
  readonly names: readonly string[]
  /** The files with CHAP secrets that its clouds name. */
  readonly secretFiles: readonly string[]
  readonly remarks: readonly string[]
}

/** The nodes to ask. A report is wanted most when Pacemaker does not run: then they are those in corosync's configuration. */
export async function knownCluster(system: System): Promise<KnownCluster> {
  try {
    const { cluster } = await readCib(system)
    return {
      names: cluster.nodes.map(({ name }) => name),
      secretFiles: cluster.clouds.flatMap(({ chap }) => secretFilesOf(chap)),
      remarks: [],
    }
  } catch (error) {
    const text = exists(system, COROSYNC_CONF) ? system.read(COROSYNC_CONF) : ''
    const found = parseCorosyncConf(text).nodes.flatMap(({ name }) => (name === '' ? [] : [name]))
    return {
      names: [...new Set([hostName(system), ...found])],
      secretFiles: [],
      remarks: [`the nodes are those of ${COROSYNC_CONF}, because the CIB cannot be read: ${messageOf(error)}`],
    }
  }
}

/** What a node has sent. */
export interface NodePart extends Collected {
  readonly name: string
  /** Why there is nothing of it. */
  readonly problem?: string
}

/** Asks all nodes at once. */
export async function collectAll(
  system: System,
  names: readonly string[],
  secretFiles: readonly string[],
): Promise<NodePart[]> {
  const limit = Math.floor(Math.min(NODE_BYTES, ALL_BYTES / names.length))
  const values = [String(limit), secretFiles.join('\n')]
  return Promise.all(
    names.map(async name => {
      try {
        const { stdout } = await runScriptOn(system, name, {
          ...{ text: COLLECT, values, looks: true, isSecret: true },
          // the script keeps to the limit; from a node that does not, nothing is taken
          ...{ timeoutSeconds: NODE_SECONDS, maxBytes: limit + 2 ** 20 },
        })
        return { name, ...parseCollected(stdout) }
      } catch (error) {
        return { name, files: [], remarks: [], secrets: [], problem: whyUnavailable(error) }
      }
    }),
  )
}
