import { basename, dirname } from 'node:path'
import { listNames } from '../../../system/files.ts'
import { ifPresent } from '../../../system/system.ts'
import type { FakeSystem, ToolResult } from '../system.ts'
import { file } from '../tree.ts'
import { type OpenIscsi, splitPortal } from './iscsi-sessions.ts'

/* Node records, as iscsiadm of Debian 12 (open-iscsi 2.1.8) and, where the database's place says so, 13 makes and reads them. */

/** The output of iscsiadm when it cannot use its records. */
export const DATABASE_FAILURE = {
  status: 6,
  stderr: 'iscsiadm: initiator reported error (6 - encountered iSCSI database failure)\n',
}

export interface At {
  readonly iqn: string
  readonly portal: string
}

const folderOf = ({ database }: OpenIscsi, { iqn }: At) => `${database}/nodes/${iqn}`

/** Paths of the records for a portal. */
function recordPaths(system: FakeSystem, initiator: OpenIscsi, at: At): string[] {
  const folder = folderOf(initiator, at)
  const prefix = splitPortal(at.portal).join(',')
  return listNames(system, folder).flatMap(name => {
    if (name === prefix) return [`${folder}/${name}`]
    return name.startsWith(`${prefix},`) ? [`${folder}/${name}/default`] : []
  })
}

/** The settings in a record; undefined when it cannot be read as one of this target. */
export function recordOf(system: FakeSystem, initiator: OpenIscsi, at: At): ReadonlyMap<string, string> | undefined {
  const records = recordPaths(system, initiator, at).map(path => {
    const text = ifPresent(() => (system.stat(path).kind === 'file' ? system.read(path) : ''))
    const pairs = [...(text ?? '').matchAll(/^(\S+) = (.*)$/gm)]
    return new Map(pairs.map(([, name = '', value = '']) => [name, value]))
  })
  return records.find(record => record.get('node.name') === at.iqn)
}

/** An existing record is read and removed first: an empty or damaged one cannot be replaced. */
export function makeRecord(system: FakeSystem, initiator: OpenIscsi, at: At): ToolResult {
  const [address, port] = splitPortal(at.portal)
  const plain = `${folderOf(initiator, at)}/${address},${port}`
  const isPlain = ifPresent(() => system.stat(plain)) !== undefined
  if (isPlain && recordOf(system, initiator, at) === undefined) return DATABASE_FAILURE
  const discovered = recordPaths(system, initiator, at).find(path => path.endsWith('/default'))
  const path = initiator.database === '/var/lib/iscsi' && discovered !== undefined ? discovered : plain
  const lines = [
    '# BEGIN RECORD 2.1.8',
    `node.name = ${at.iqn}`,
    'node.startup = automatic',
    'iface.iscsi_ifacename = default',
    'node.session.auth.authmethod = None',
    'node.session.initial_login_retry_max = 8',
    'node.session.timeo.replacement_timeout = 120',
    `node.conn[0].address = ${address}`,
    `node.conn[0].port = ${port}`,
    '# END RECORD',
  ]
  const folder = dirname(path)
  const directory = ifPresent(() => system.realPath(folder)) ?? folder
  system.put(`${directory}/${basename(path)}`, { ...file(`${lines.join('\n')}\n`), permissions: 0o600 })
  return { status: 0, stdout: `New iSCSI node [tcp:[iscsi_if=default] ${at.portal},-1 ${at.iqn}] added\n` }
}
