import { parseSections, wordsIn } from '../../cli/cluster/examine/examination.ts'
import { idOf } from '../../cloud/cib/elements.ts'
import { descendants, parseXml } from '../../cloud/xml.ts'
import { script } from '../../system/nodes/script.ts'
import { nameOf, on, tryOn } from './lab.ts'
import type { Layout } from './layout.ts'

/* What a fault may leave behind on nodes and in the cluster. */

/** An agent's longest action. */
const OLD_SECONDS = 300

const LEFTOVERS = script`
echo '== sessions'
cat /sys/class/iscsi_session/session*/targetname 2>/dev/null
echo '== targets'
for directory in /sys/kernel/config/target/iscsi/iqn.*; do [ ! -d "$directory" ] || echo "\${directory##*/}"; done
echo '== backstores'
for directory in /sys/kernel/config/target/core/iblock_*/*/; do [ ! -d "$directory" ] || basename "$directory"; done
echo '== mounts'
findmnt --raw --noheadings --output TARGET | grep '^/clouds/'
echo '== containers'
for directory in /sys/fs/cgroup/machine.slice/vhacs-nspawn-*.service; do [ ! -d "$directory" ] || echo "$directory"; done | sed 's,.*/vhacs-nspawn-,,; s,[.]service$,,'
echo '== volumes'
lvs --noheadings --options lv_name vhacs 2>/dev/null
echo '== processes'
ps -eo etimes=,pid=,args= | awk -v old="$1" '$1 > old && $3 ~ "^/usr/lib/(ocf/resource.d/)?vhacs|^/usr/libexec/vhacs" { print $2 "/" $3 }'
true`

const CONFIGURATION = script`cibadmin --query --scope configuration`

/** Each of them in a line; nothing if nodes and cluster have only what they should have. */
export async function leftoverFindings(layout: Layout): Promise<string[]> {
  const [asked = 1] = layout.nodes
  const ofNodes = layout.nodes.map(async node =>
    nodeLeftovers(await on(node, LEFTOVERS, String(OLD_SECONDS)), node, layout),
  )
  return [...(await Promise.all(ofNodes)).flat(), ...clusterLeftovers(await on(asked, CONFIGURATION))]
}

/** Constraints that commands and handlers make for a while, and the lock of vhacs. */
const TEMPORARY = /^(cli-.*|drbd-fence-by-handler-.*|.*-(rehearsal|replacement|destroy)-location|vhacs-lock)$/

/** Of the configuration in the CIB. */
export function clusterLeftovers(configuration: string): string[] {
  const root = parseXml(configuration)
  const found = [...descendants(root, 'rsc_location'), ...descendants(root, 'cluster_property_set')].map(idOf)
  return found.filter(id => TEMPORARY.test(id)).map(id => `the CIB has ${id}`)
}

/** Of what the script prints on a node. */
export function nodeLeftovers(text: string, node: number, { storages, containers }: Layout): string[] {
  const sections = { sections: parseSections(text) }
  const exported = storages.filter(({ exporter }) => exporter === node)
  const mounted = storages.filter(({ mounter }) => mounter === node)
  const expected: Readonly<Record<string, readonly string[]>> = {
    sessions: mounted.map(({ iqn }) => iqn),
    targets: exported.map(({ iqn }) => iqn),
    mounts: mounted.map(({ directory }) => directory),
    containers: containers.filter(one => one.node === node).map(({ name }) => name),
    volumes: storages.filter(({ sides }) => sides.includes(node)).map(({ name }) => name),
    processes: [],
  }
  const other = Object.entries(expected).flatMap(([section, words]) =>
    differences(wordsIn(sections, section), words).map(word => `${section}: ${word}`),
  )
  const backstores = wordsIn(sections, 'backstores').length
  const many = backstores === exported.length ? [] : [`backstores: ${backstores} for ${exported.length} targets`]
  return [...other, ...many].map(leftover => `${nameOf(node)}: ${leftover}`)
}

function differences(found: readonly string[], expected: readonly string[]): string[] {
  return [
    ...found.filter(word => !expected.includes(word)),
    ...expected.filter(word => !found.includes(word)).map(word => `no ${word}`),
    ...found.filter((word, index) => found.indexOf(word) !== index).map(word => `${word} twice`),
  ]
}

const MARK = script`kernel-log mark "$1"`
const SINCE = script`kernel-log since "$1"`

/** Marks the log of each node's kernel. */
export async function markKernelLogs(nodes: readonly number[], mark: string): Promise<void> {
  await Promise.all(nodes.map(node => on(node, MARK, mark)))
}

/** Of a client, whose iSCSI disks are sdX. A side whose data disk fails reports errors of other devices. */
const STORAGE_ERROR = /EXT[34]-fs.*error|Aborting journal|Remounting filesystem read-only|I\/O error, dev sd/

/** What a node's kernel has said since the mark of errors of file systems and their disks; or that the node was rebooted since then. */
export async function storageErrors(node: number, mark: string): Promise<string[]> {
  const { status, stdout } = await tryOn(node, SINCE, mark)
  if (status !== 0) return ['its log has begun anew: it was rebooted']
  return stdout.split('\n').filter(line => STORAGE_ERROR.test(line))
}
