import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeExecutable } from '../build/executable.ts'
import { root } from '../build/root.ts'
import { peakMemory } from './memory.ts'
import { machine, median, table, writeResults } from './results.ts'

/*
 * What starting the executable costs on this machine, not emulated: processor and wall time of monitors, meta-data and the help of
 * the command, to those of an empty executable that is made in the same way, and the memory of monitors. Each command runs once in a round, in turn. The
 * resources do not run here, apart from an ext3 file system where one can be mounted; the other monitors report "not running".
 */

const ROUNDS = Number(process.env.ROUNDS ?? 25)
const STOCK = '/usr/lib/ocf/resource.d/heartbeat/Filesystem'
const AGENTS = ['lvm-volume', 'drbd-cloud', 'lio-iblock', 'iscsi-mount'] as const

const directory = mkdtempSync(join(tmpdir(), 'vhacs-bench-'))
const device = join(directory, 'device')
const mountPoint = join(directory, 'mounted')
const parameters: Readonly<Record<string, string>> = {
  volume: 'vhacs-bench',
  drbd_resource: 'vhacs-bench',
  iqn: 'iqn.2026-01.org.vhacs:bench',
  portals: '192.0.2.1',
  device,
  directory: mountPoint,
  fstype: 'ext3',
  CRM_meta_interval: '10000',
}
const environment = {
  ...{ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', OCF_ROOT: '/usr/lib/ocf', OCF_RESOURCE_INSTANCE: 'bench' },
  ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
}

interface Command {
  readonly name: string
  readonly words: readonly string[]
}

interface Times {
  /** Milliseconds of each round, of the process and its children. */
  readonly cpu: number[]
  readonly wall: number[]
}

/** What was measured of a command. */
function timesNamed(name: string): Times {
  const times = measured.get(name) ?? { cpu: [], wall: [] }
  measured.set(name, times)
  return times
}

function timesOf({ words }: Command): { cpu: number; wall: number } {
  const script = `TIMEFORMAT='%R %U %S'; { time "$@" >/dev/null 2>&1; } 2>"$TIMES"`
  const times = join(directory, 'times')
  const env = { ...environment, TIMES: times }
  // with the variables of the agent alone, as Pacemaker calls it
  spawnSync('/bin/bash', ['-c', script, 'bash', ...words], { env, stdio: 'ignore' })
  const [wall = Number.NaN, user = Number.NaN, kernel = Number.NaN] = readFileSync(times, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
  return { cpu: 1000 * (user + kernel), wall: 1000 * wall }
}

/** Mounts an ext3 file system whose image is in memory; false where that is not allowed. */
function mounts(): boolean {
  mkdirSync(mountPoint)
  const script =
    'truncate -s 8M "$1/image" && mkfs.ext3 -q "$1/image" && loop=$(losetup --find --show "$1/image") && ln -s "$loop" "$2" && mount -t ext3 "$2" "$3"'
  return (
    spawnSync('/bin/bash', ['-c', script, 'bash', directory, device, mountPoint], { env: environment }).status === 0
  )
}

function unmount(): void {
  const script = 'umount "$2"; losetup --detach "$(readlink "$1")"'
  spawnSync('/bin/bash', ['-c', script, 'bash', device, mountPoint], { env: environment })
}

const empty = join(directory, 'empty')
writeFileSync(`${empty}.cjs`, '')
await makeExecutable({ script: `${empty}.cjs` }, empty)

/**
 * Where the kernel happens to keep a file in memory changes the cost of starting it by a tenth, so each round starts one of several copies of
 * both executables.
 */
const COPIES = 3
const copies = Array.from({ length: COPIES }, (_, number) => {
  const copy = join(directory, `copy${number}`)
  mkdirSync(copy)
  copyFileSync(empty, join(copy, 'empty'))
  copyFileSync(join(root, 'dist/vhacs'), join(copy, 'vhacs'))
  for (const agent of [...AGENTS, 'ext3-filesystem']) symlinkSync('vhacs', join(copy, agent))
  return copy
})

const isMounted = mounts()
const commandsIn = (copy: string): Command[] => [
  { name: 'empty executable', words: [join(copy, 'empty')] },
  ...AGENTS.map(agent => ({ name: `\`${agent}\` monitor`, words: [join(copy, agent), 'monitor'] })),
  {
    name: `\`ext3-filesystem\` monitor${isMounted ? ', mounted' : ''}`,
    words: [join(copy, 'ext3-filesystem'), 'monitor'],
  },
  { name: 'meta-data', words: [join(copy, 'lvm-volume'), 'meta-data'] },
  { name: '`vhacs --help`', words: [join(copy, 'vhacs'), '--help'] },
  ...(isMounted && existsSync(STOCK)
    ? [{ name: 'stock `Filesystem` monitor of the same file system', words: [STOCK, 'monitor'] }]
    : []),
]

const SEVERAL = 8
const measured = new Map<string, Times>()
let memory = ''
try {
  for (let round = 0; round < ROUNDS + COPIES; round++)
    for (const command of commandsIn(copies[round % COPIES] ?? '')) {
      const times = timesOf(command)
      const { cpu, wall } = timesNamed(command.name)
      // the first round of each copy apart: files are read from the disk
      if (round < COPIES) continue
      cpu.push(times.cpu)
      wall.push(times.wall)
    }
  const monitor = [join(copies[0] ?? '', 'ext3-filesystem'), 'monitor']
  const [one, several] = [await peakMemory(1, monitor, environment), await peakMemory(SEVERAL, monitor, environment)]
  memory = `One monitor takes ${one.total.toFixed(0)} MiB at its peak, most of it pages of the executable, which all share; ${SEVERAL} at once \
take ${several.total.toFixed(0)} MiB, of which each has ${several.own.toFixed(0)} alone.`
} finally {
  if (isMounted) unmount()
  rmSync(directory, { recursive: true })
}

const [floor] = measured.values()
const rows = [...measured].map(([name, { cpu, wall }]) => {
  // round by round, so that a machine whose speed changes changes both
  const ratio = median(cpu.map((one, round) => one / (floor?.cpu[round] ?? Number.NaN)))
  return [name, `${median(cpu).toFixed(1)} ms`, ratio.toFixed(2), `${median(wall).toFixed(0)} ms`]
})
writeResults(
  'start',
  `${machine()} Not emulated; medians of ${ROUNDS} rounds.\n\n${table(['', 'processor time', 'to the empty executable', 'wall time'], rows)}\n${memory}\n`,
)
