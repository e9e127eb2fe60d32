import { runScriptOn, script } from '../../../system/nodes/script.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { PACEMAKER_LOG } from '../history/log-script.ts'

/** When a node was last seen, by the log of another one; its local time, such as `Nov 30 18:01:12`. */
export interface LastSeen {
  readonly node: string
  /** Whether it was still a member when the log ended, or had been lost before. */
  readonly state: 'member' | 'lost'
  readonly time: string
}

/**
 * `$1`: whether Pacemaker runs; then its log since its last start is not of interest. Prints the end of the log, and the last state of each
 * node in it.
 */
const SEEN = script`
running=$1
LC_ALL=C
export LC_ALL
${PACEMAKER_LOG}[ -f "$log" ] || exit 0
contents | tail -c 50000000 | awk -v "running=$running" '
/^[A-Z][a-z][a-z] [0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]/ {
    if (index($0, " pacemakerd ") && index($0, "Starting Pacemaker ")) {
        ended = last
        for (node in state) { before[node] = state[node]; since[node] = time[node] }
    }
    last = substr($0, 1, 15)
    if (match($0, /Node [^ ]+ state is now (member|lost)/)) {
        split(substr($0, RSTART, RLENGTH), word, " ")
        state[word[2]] = word[6]
        time[word[2]] = last
    }
}
END {
    if (running != "yes") { ended = last; for (node in state) { before[node] = state[node]; since[node] = time[node] } }
    print "ended", ended
    for (node in before) print before[node], node, since[node]
}'
`

/** What this node's log says of these nodes before it stopped; nothing where there is no log. */
export async function lastSeenOf(
  system: System,
  { here, runsPacemaker }: { readonly here: string; readonly runsPacemaker: boolean },
  nodes: readonly string[],
): Promise<LastSeen[]> {
  try {
    const values = [runsPacemaker ? 'yes' : 'no']
    const { stdout } = await runScriptOn(system, here, { text: SEEN, values, looks: true })
    return parseSeen(stdout).filter(({ node }) => nodes.includes(node))
  } catch (error) {
    if (error instanceof ToolFailed) return []
    throw error
  }
}

const STAMP = /^(ended|member|lost)(?: (\S{1,255}))? ([A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d)$/

/** The output of the script; lines of another form are left out. */
function parseSeen(text: string): LastSeen[] {
  const lines = text.split('\n').flatMap(line => {
    const [, word, node = '', time] = STAMP.exec(line) ?? []
    return time === undefined ? [] : [{ word, node, time }]
  })
  const ended = lines.find(({ word }) => word === 'ended')?.time
  return lines.flatMap(({ word, node, time }): LastSeen[] => {
    if (word === 'lost') return [{ node, state: word, time }]
    return word === 'member' && ended !== undefined ? [{ node, state: word, time: ended }] : []
  })
}

/** When a node was last seen, in words. */
export function seenText(node: string, seen: readonly LastSeen[]): string {
  const found = seen.find(one => one.node === node)
  if (found === undefined) return `${node}: not in the cluster; the log of this node does not say when it was last seen`
  if (found.state === 'lost') return `${node}: not in the cluster; this node lost it at ${found.time}`
  return `${node}: not in the cluster; it was still there when this node stopped, at ${found.time}`
}
