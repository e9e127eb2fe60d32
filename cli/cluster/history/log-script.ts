import { script } from '../../../system/nodes/script.ts'
import { LATER, OPENING } from '../examine/questions.ts'

/** How much of the selected lines of Pacemaker's log, and of the journal, a node prints at most. */
export const LOG_BYTES = 2_000_000

/** What pacemaker-log.ts reads. */
const CONTROLLER = [
  'Initiating (start|stop|promote|demote) operation ',
  'Transition -?[0-9]+ action .*_(start|stop|promote|demote)_0 on ',
  'Transition -?[0-9]+ action .*_monitor_[0-9]+ on .*: expected ',
  'Transition -?[0-9]+ aborted by .*(standby|shutdown|rehearsal-location|cli-ban|cli-prefer)',
  'Result of (start|stop|promote|demote) operation ',
  'Node [^ ]+ state is now ',
  'Requesting fencing ',
  'Peer [^ ]+ was.* terminated ',
].join('|')

/** What session-log.ts reads. */
const CONNECTIONS = 'connection[0-9]+:[0-9]+.*(is operational|detected conn error|ping timeout)'

/** Finds Pacemaker's own log, `$log`; `contents` prints it, after its four newest rotated ones. */
export const PACEMAKER_LOG = script`
log=
for file in /etc/default/pacemaker /etc/sysconfig/pacemaker; do
    [ -r "$file" ] || continue
    value=$(sed -n 's/^[[:blank:]]*PCMK_logfile=//p' "$file" | tail -n 1)
    value=\${value#[\\"\\']}
    value=\${value%[\\"\\']}
    [ -z "$value" ] || log=$value
done
[ -n "$log" ] || log=/var/log/pacemaker/pacemaker.log
contents() {
    ls -tr -- "$log"[-.]* "$log" | tail -n 5 | while IFS= read -r file; do [ ! -f "$file" ] || zcat -f -- "$file"; done
}
`

/**
 * Prints what a node's logs say of failovers: the lines of Pacemaker's own log and of its four newest rotated ones, and of the kernel and
 * iscsid in the journal; the newest, if that is much. Pacemaker's lines have a local time without a year, so the node converts their hours.
 */
export const LOGS = script`${OPENING}
LC_ALL=C
export LC_ALL
${PACEMAKER_LOG}section log; printf '%s\\n' "$log" | head -c 1000
section missing; [ -f "$log" ] || echo missing
begin=$(contents | grep -aE -m 1 '^[A-Z][a-z][a-z] [0-9][0-9] [0-9:.]+ ' | head -c 60)
lines=$(contents | tail -c 200000000 | grep -aE '^[A-Z][^ ]+ [^ ]+ [0-9:.]+ [^ ]+ pacemaker-controld *[[][0-9]+[]] .*(${CONTROLLER})' | tr -d '\\000' | cut -b 1-900 | tail -c ${String(LOG_BYTES)})
section begin; printf '%s\\n' "$begin"
section hours; printf '%s\\n' "$begin" "$lines" | grep -oE '^[A-Z][a-z][a-z] [0-9][0-9] [0-9][0-9]' | sort -u | sed 's/$/:00/' | date -f - '+%b %d %H %s'
section lines; printf '%s\\n' "$lines"
section sessions; for path in /sys/class/iscsi_session/session*; do [ ! -e "$path" ] || echo "\${path##*/session} $(cat "$path/targetname")"; done
section journal; timeout 60 journalctl -q --no-pager -o short-unix -n 20000 -t kernel -t iscsid | grep -aiE '${CONNECTIONS}' | tr -d '\\000' | cut -b 1-900 | tail -c ${String(LOG_BYTES)}
${LATER}`
