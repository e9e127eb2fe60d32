import { parseSections, wordsIn } from '../../cli/cluster/examine/examination.ts'
import { script } from '../../system/nodes/script.ts'
import type { Layout } from './layout.ts'
import { nameOf, on, tryOn } from './lab.ts'

/* What a fault may leave behind on nodes and in the cluster. */

/** An agent's longest action. */
const OLD_SECONDS = 300

const TRACES = script`
echo '== sessions'
cat /sys/class/iscsi_session/session*/targetname 2>/dev/null
echo '== targets'
for directory in /sys/kernel/config/target/iscsi/iqn.*; do [ ! -d "$directory" ] || echo "\${directory##*/}"; done
echo '== backstores'
for directory in /sys/kernel/config/target/core/iblock_*/*/; do [ ! -d "$directory" ] || basename "$directory"; done
echo '== mounts'
findmnt --raw --noheadings --output TARGET | grep '^/clouds/'
echo '== processes'
ps -eo etimes=,pid=,args= | awk -v old="$1" '$1 > old && $3 ~ "^/usr/lib/(ocf/resource.d/)?vhacs|^/usr/libexec/vhacs" { print $2 "/" $3 }'
echo '== constraints'
cibadmin --query --scope constraints 2>/dev/null | grep -oE ' id="(cli-|drbd-fence-by-handler|rehearsal)[^"]*"' | cut -d '"' -f 2
echo '== locks'
cibadmin --query --scope crm_config 2>/dev/null | grep -oE 'id="[^"]*vhacs-lock[^"]*"' | cut -d '"' -f 2
true`

/** Each of them in a line; nothing if every node has only what it should have. */
export async function leftTraces(layout: Layout): Promise<string[]> {
  const texts = await Promise.all(layout.nodes.map(node => on(node, TRACES, String(OLD_SECONDS))))
  return layout.nodes.flatMap((node, index) => tracesIn(texts[index] ?? '', node, layout))
}

/** Of what the script prints on a node. */
export function tracesIn(text: string, node: number, { storages }: Layout): string[] {
  const sections = { sections: parseSections(text) }
  const exported = storages.filter(({ exporter }) => exporter === node)
  const mounted = storages.filter(({ mounter }) => mounter === node)
  const expected: Readonly<Record<string, readonly string[]>> = {
    sessions: mounted.map(({ iqn }) => iqn),
    targets: exported.map(({ iqn }) => iqn),
    mounts: mounted.map(({ directory }) => directory),
    processes: [],
    constraints: [],
    locks: [],
  }
  const other = Object.entries(expected).flatMap(([section, words]) =>
    differences(wordsIn(sections, section), words).map(word => `${section}: ${word}`),
  )
  const backstores = wordsIn(sections, 'backstores').length
  const many = backstores === exported.length ? [] : [`backstores: ${backstores} for ${exported.length} targets`]
  return [...other, ...many].map(trace => `${nameOf(node)}: ${trace}`)
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

const STORAGE_ERROR =
  /EXT[34]-fs (error|\(.*\): .*error)|Aborting journal|Remounting filesystem read-only|(Buffer )?I\/O error/

/** What a node's kernel has said since the mark of errors of file systems and their disks; or that the node was rebooted since then. */
export async function storageErrors(node: number, mark: string): Promise<string[]> {
  const { status, stdout } = await tryOn(node, SINCE, mark)
  if (status !== 0) return ['its log has begun anew: it was rebooted']
  return stdout.split('\n').filter(line => STORAGE_ERROR.test(line))
}
