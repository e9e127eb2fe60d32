import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { quoteForShell } from '../../system/nodes/connection.ts'
import { type Script, script } from '../../system/nodes/script.ts'
import { LAB, on, tryOn, UNBOUNDED, wait } from './lab.ts'

/* Writers on the mounts: each record is synchronised before it is acknowledged, and acknowledgements are kept on this machine. */

/** Where a writer writes: a file of its own. */
interface Place {
  readonly storage: string
  readonly node: number
  /** As the node sees it. */
  readonly file: string
  /** The name of the container in which it runs, if it is in one. */
  readonly container: string | undefined
}

/** How records are written and looked for. The first value of each script is the file; that of a writer has the container's name, too. */
export interface WriterScripts {
  readonly write: Script
  readonly stop: Script
  /** Prints the numbers of the records that are right, and removes the file if all are. Its status is above 1 if it cannot look. */
  readonly check: Script
}

/** A writer of numbered records. */
export interface Writer extends Place {
  readonly scripts: WriterScripts
  /** The numbers of the records that are on the disk, as the writer says. */
  readonly acknowledged: Set<number>
  /** What it said when it could not write. */
  readonly errors: string[]
  /** The longest time without an acknowledgement since it started, in seconds, the time that has passed since the last one included. */
  readonly pause: () => number
  readonly hasEnded: () => boolean
}

const WRITE = script`exec /usr/local/bin/records write "$1"`

const STOP = script`pkill -TERM -f "^/usr/bin/python3 /usr/local/bin/records write $1$" || true`

const CHECK = script`
echo 3 >/proc/sys/vm/drop_caches
/usr/local/bin/records check "$1" && rm -f -- "$1"`

/** Of a writer that runs on the node itself. */
export const OUTSIDE: WriterScripts = { write: WRITE, stop: STOP, check: CHECK }

/** Starts a writer, and waits for its first records. @throws Error if it does not write within a minute. */
export async function startWriter(place: Place, scripts: WriterScripts): Promise<Writer> {
  const { node, file, container = '' } = place
  const acknowledged = new Set<number>()
  const errors: string[] = []
  let [last, longest, hasEnded] = [performance.now(), 0, false]
  const program = execa(LAB, ['ssh', String(node), ...['bash', '-s', '--', file, container].map(quoteForShell)], {
    ...{ env: UNBOUNDED, input: scripts.write, reject: false, buffer: false, stderr: 'ignore' },
  })
  const read = async () => {
    for await (const line of createInterface({ input: program.stdout })) {
      if (!/^\d+ [\d.]+$/.test(line)) {
        errors.push(line)
        continue
      }
      const now = performance.now()
      if (acknowledged.size > 0) longest = Math.max(longest, now - last)
      last = now
      acknowledged.add(Number.parseInt(line, 10))
    }
    await program
    hasEnded = true
  }
  void read()
  const pause = () => Math.max(longest, hasEnded ? 0 : performance.now() - last) / 1000
  const writer = { ...place, scripts, acknowledged, errors, pause, hasEnded: () => hasEnded }
  for (let second = 0; acknowledged.size < 20; second += 1) {
    if (second > 60 || hasEnded) throw new Error(`no records are written to ${file}: ${errors.join('; ')}`)
    await wait(1)
  }
  return writer
}

/** Ends a writer, if its node has not done so. */
export async function stopWriter({ node, file, scripts, hasEnded }: Writer): Promise<void> {
  await tryOn(node, scripts.stop, file)
  for (let second = 0; !hasEnded() && second < 30; second += 1) await wait(1)
}

/** The acknowledged records that are not on the disk, or damaged; removes the file if there are none. `node` mounts the storage now. */
export async function lostRecords({ acknowledged, file, scripts }: Writer, node: number): Promise<number[]> {
  const { status, stdout } = await tryOn(node, scripts.check, file)
  if (status > 1) throw new Error(`${file} cannot be checked: ${stdout}`)
  const found = new Set(stdout.split('\n').map(Number))
  return [...acknowledged].filter(number => !found.has(number))
}

const MOUNT = script`
findmnt --noheadings --output ID --mountpoint "$1"`

/** Changes when the file system is mounted again, there or elsewhere. */
export async function mountIdentity(node: number, directory: string): Promise<string> {
  return `${node}:${await on(node, MOUNT, directory)}`
}

/** A load of fio, which reads again and verifies what it has written. */
export interface VerifiedLoad {
  readonly storage: string
  readonly node: number
  /** What was not as it had been written, or could not be written; once it has ended. */
  readonly end: () => Promise<string[]>
}

const FIO = script`
rm -rf "$(dirname "$1")"/fio-*
mkdir "$1"
until [ -e "$1/stop" ]; do
    said=$(fio --name=load --directory="$1" --rw=randwrite --bs=4k --size=4m --io_size=512k --rate_iops=25 --fsync=4 \
        --verify=crc32c --do_verify=1 --verify_fatal=1 --minimal 2>&1) || { echo "fio: status $?: $(tail -n 2 <<<"$said")"; break; }
done
rm -r "$1"`

const STOP_FIO = script`touch "$1/stop"`

/** One pass of fio takes five seconds; during a failover it waits as all others do. */
const FIO_SECONDS = 300

export function startFio(storage: string, node: number, directory: string): VerifiedLoad {
  const program = execa(LAB, ['ssh', String(node), ...['bash', '-s', '--', directory].map(quoteForShell)], {
    ...{ env: UNBOUNDED, input: FIO, reject: false, stderr: 'ignore' },
  })
  const end = async () => {
    await tryOn(node, STOP_FIO, directory)
    const { stdout, exitCode } = await Promise.race([program, wait(FIO_SECONDS).then(() => LATE)])
    if (stdout !== '') return [stdout]
    return exitCode === 0 ? [] : [`fio ended with status ${exitCode}`]
  }
  return { storage, node, end }
}

const LATE = { stdout: `fio does not end within ${FIO_SECONDS} s`, exitCode: undefined }
