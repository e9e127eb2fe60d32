import { RUN_DIRECTORY } from '../../files.ts'
import { type Finished, type System, ToolFailed } from '../../system.ts'
import { runScriptOn, script } from '../script.ts'
import { runOn } from '../ssh.ts'

/**
 * Freezes the file system that is mounted on $1 until the note $2 is removed, or for $4 seconds at most, whatever becomes of the caller
 * and of its connection; prints `held` if it was frozen until the note was removed.
 *
 * A timer of systemd, the unit $3, thaws it after $5 seconds, in case this process is killed, and tries again while a freeze may still
 * become complete: for longer than I/O may wait for a failover. It waits for one that an earlier call has left.
 * The working directory makes sure that what is frozen is the mount, and not what it is mounted on. A freeze that has begun cannot be
 * stopped before it is complete, also if the I/O of the disk waits or the tool is killed; so the thaw is repeated until then. fsfreeze exits
 * with 1 for what it could not freeze, such as a file system that somebody else has frozen.
 */
export const FREEZE = script`
trap '' HUP INT PIPE TERM
umask 022
seconds() { read -r up idle </proc/uptime && up=\${up%.*}; }
seconds && limit=$((up + 60))
while systemctl --quiet is-active "$3.timer" "$3.service"; do
    seconds && [ "$up" -lt "$limit" ] || { echo "an earlier freeze of $1 has not ended: see systemctl status $3.timer $3.service" >&2; exit 1; }
    sleep 1
done
cd -- "$1" || exit 1
[ "$(stat -c %d .)" != "$(stat -c %d ..)" ] || { echo "nothing is mounted on $1" >&2; exit 1; }
mkdir -p "\${2%/*}" && rm -f -- "$2.frozen" "$2.failed" || exit 1
seconds && limit=$((up + 60))
sync -f . || exit 1
seconds && [ "$up" -lt "$limit" ] || { echo "what was written to $1 did not reach its disk within 60 s" >&2; exit 1; }
directory=$(printf %s "$1" | sed 's/[$]/&&/g')
# systemd replaces $$ by $; what is known to be complete before a thaw fails is thawed already
thaw='tries=0; while known=; [ ! -e "$$2.frozen" ] || known=known; ! fsfreeze --unfreeze "$$1" && [ -z "$$known" ] && [ ! -e "$$2.failed" ] && [ "$$tries" -lt 900 ]; do tries=$$((tries + 1)); sleep 1; done; rm -f -- "$$2" "$$2.frozen" "$$2.failed"'
systemd-run --quiet --collect --unit="$3" --on-active="$5" --timer-property=AccuracySec=1s -- sh -c "$thaw" thaw "$directory" "$2" || exit 1
: >"$2" || exit 1
seconds && limit=$((up + $4))
{ fsfreeze --freeze .; if [ $? = 1 ]; then : >"$2.failed"; else : >"$2.frozen"; fi; } &
while [ -e "$2" ] && [ ! -e "$2.failed" ] && seconds && [ "$up" -lt "$limit" ]; do sleep 0.1; done
held=
[ -e "$2" ] || held=held
until [ -e "$2.frozen" ] || [ -e "$2.failed" ] || { seconds && [ "$up" -gt $((limit + 3600)) ]; }; do fsfreeze --unfreeze . 2>/dev/null; sleep 0.2; done
failed=
[ -e "$2.frozen" ] || failed=failed
[ -n "$failed" ] || fsfreeze --unfreeze . 2>/dev/null || held=
systemctl --quiet stop "$3.timer" "$3.service" 2>/dev/null
rm -f -- "$2" "$2.frozen" "$2.failed"
[ -z "$failed" ] || exit 1
echo "\${held:-ended}"
`

/** Longer than a freeze lasts at most, and than the script may wait before it. */
const MARGIN_SECONDS = 180
/** How much later than the script the timer thaws. */
const TIMER_MARGIN_SECONDS = 10
const PAUSE_MILLISECONDS = 100

/** A file system that is frozen. */
export interface RunningFreeze {
  /** Ends it. Returns whether it was frozen all the time since it began. @throws ToolFailed where its node does not answer; it then ends by itself. */
  thaw(): Promise<boolean>
}

/** What is frozen, and for how long at most. */
export interface FreezeRequest {
  readonly node: string
  readonly directory: string
  /** A word for a unit of systemd, the same for all calls about that file system. */
  readonly word: string
  /** A word for a file that no other call has: what a killed one has left, or still holds frozen, must not count. */
  readonly id: string
  readonly limitSeconds: number
}

/**
 * Freezes a mounted file system: what was written before is on its disk, and nothing is written until it is thawed. Resolves when it is
 * frozen. @throws ToolFailed when it cannot be frozen in time; it is not frozen then, or not for longer than the limit.
 */
export async function freezeMount(system: System, request: FreezeRequest): Promise<RunningFreeze> {
  const { node, directory, limitSeconds } = request
  const note = noteOf(request)
  let hasEnded = false
  const run = runFreeze(system, request).finally(() => {
    hasEnded = true
  })
  // it is awaited only when it is thawed, or has failed
  run.catch(() => undefined)
  const thaw = async () => {
    await runOn(system, node, ['rm', '-f', '--', note], { timeoutSeconds: limitSeconds + TIMER_MARGIN_SECONDS })
    return (await run).stdout.trim() === 'held'
  }
  const end = system.now() + (limitSeconds + MARGIN_SECONDS) * 1000
  while (!(await exists(system, node, `${note}.frozen`))) {
    // if it has failed, its reason is the better one
    if (hasEnded) await run
    if (hasEnded || system.now() > end)
      throw new Error(`${node}: ${directory} could not be frozen within ${limitSeconds} s`)
    await system.sleep(PAUSE_MILLISECONDS)
  }
  return { thaw }
}

/** Runs the script of a freeze to its end. */
export async function runFreeze(system: System, request: FreezeRequest): Promise<Finished> {
  const { node, directory, word, limitSeconds } = request
  const limits = [limitSeconds, limitSeconds + TIMER_MARGIN_SECONDS].map(String)
  const values = [directory, noteOf(request), `vhacs-thaw-${word}`, ...limits]
  return runScriptOn(system, node, { text: FREEZE, values, timeoutSeconds: limitSeconds + MARGIN_SECONDS })
}

const noteOf = ({ word, id }: FreezeRequest) => `${RUN_DIRECTORY}/freeze-${word}-${id}`

async function exists(system: System, node: string, path: string): Promise<boolean> {
  try {
    const { status } = await runOn(system, node, ['test', '-e', path], {
      accepted: [0, 1],
      looks: true,
      timeoutSeconds: 20,
    })
    return status === 0
  } catch (error) {
    if (error instanceof ToolFailed) return false
    throw error
  }
}
