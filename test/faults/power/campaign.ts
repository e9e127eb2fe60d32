import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../../build/root.ts'
import { quoteForShell } from '../../../system/nodes/connection.ts'
import { script } from '../../../system/nodes/script.ts'
import { commandOn, LAB, lab, nameOf, on, tryOn, UNBOUNDED, wait } from '../lab.ts'
import { readLayout } from '../layout.ts'
import { OUTSIDE, startWriter, stopWriter, type Writer } from '../load.ts'
import { RECORDS, type Replayed, replay } from './replay.ts'

/*
 * make power-loss: logs below both sides of a storage what becomes durable, and when, while a writer writes and the exporting node is
 * killed; then replays each log: whether at every moment a power loss would have left a sound file system with every acknowledged record.
 * EVERY: look at one of so many moments (1). Uses two nodes that run.
 */

const STORAGE = 'power'
const FILE = 'records'
const NODES = [1, 2]

const CREATE = script`
vhacs node --setrole ALL node1-2
vhacs storage --create "$1" --size 64M --nodes node1,node2`

const INTERPOSE = script`
modprobe dm-log-writes && size=$(blockdev --getsz "/dev/vhacs/$1") || exit 1
lvcreate -qq -y -Wn -L "$((size / 2))k" -n "$1-base" vhacs && lvcreate -qq -y -Wn -L 256M -n "$1-log" vhacs || exit 1
dmsetup create "$1-real" --table "$(dmsetup table "vhacs-$1")"
dmsetup suspend --nolockfs "vhacs-$1"
dd if="/dev/mapper/$1-real" of="/dev/vhacs/$1-base" bs=1M iflag=direct oflag=direct status=none
echo "0 $size log-writes /dev/mapper/$1-real /dev/vhacs/$1-log" | dmsetup load "vhacs-$1"
dmsetup resume "vhacs-$1"`

const RELEASE = script`
dmsetup suspend --nolockfs "vhacs-$1"
dmsetup table "$1-real" | dmsetup load "vhacs-$1"
dmsetup resume "vhacs-$1"
dmsetup remove "$1-real"`

const MARK = script`while read -r number; do dmsetup message "vhacs-$0" 0 mark "ack $number"; done`

/** It may have been rebooted since. */
const FETCH = script`lvchange --activate y "vhacs/$0" && dd if="/dev/vhacs/$0" bs=1M iflag=direct status=none | gzip -1`

const CLEAN = script`
vhacs storage --destroy "$1" --force --yes`
const CLEAN_NODE = script`for copy in base log; do lvremove -qq -f "vhacs/$1-$copy"; done`

/** Tells the logs of both nodes, from now on, which record was acknowledged last; the result ends it. */
function markAcknowledged(writer: Writer): () => Promise<void> {
  const programs = NODES.map(node =>
    execa(LAB, ['ssh', String(node), ...['bash', '-c', MARK, STORAGE].map(quoteForShell)], {
      env: UNBOUNDED,
      reject: false,
      stdout: 'ignore',
    }),
  )
  for (const { stdin } of programs) stdin.on('error', () => undefined) // a node that is killed
  const timer = setInterval(() => {
    for (const { stdin } of programs) if (stdin.writable) stdin.write(`${writer.acknowledged.size}\n`)
  }, 100)
  return async () => {
    clearInterval(timer)
    for (const { stdin } of programs) stdin.end()
    await Promise.all(programs)
  }
}

async function fetch(node: number, volume: string, to: string): Promise<void> {
  const words = ['bash', '-c', FETCH, volume].map(quoteForShell)
  const options = { env: UNBOUNDED, stdout: { file: `${to}.gz` }, stdin: 'ignore', buffer: false } as const
  await execa(LAB, ['ssh', String(node), ...words], options)
  await execa('gunzip', ['--force', `${to}.gz`])
}

async function acknowledgesMore(writer: Writer, seconds: number): Promise<void> {
  const before = writer.acknowledged.size
  for (let second = 0; writer.acknowledged.size < before + 200; second += 1) {
    if (second > seconds) throw new Error(`the writer does not go on: ${writer.errors.join('; ')}`)
    await wait(1)
  }
}

async function record(): Promise<number> {
  for (const node of NODES) await lab('push', node, RECORDS, '/usr/local/bin/records')
  await commandOn(1, CREATE, STORAGE)
  const { storages } = await readLayout(NODES)
  const placed = storages.find(({ name }) => name === STORAGE)
  if (placed === undefined) throw new Error(`${STORAGE} is not there`)
  if (placed.exporter === placed.mounter) throw new Error('one node exports and mounts it')
  for (const node of NODES) await on(node, INTERPOSE, STORAGE)
  const file = `${placed.directory}/${FILE}`
  const writing = { storage: STORAGE, node: placed.mounter, file, container: undefined }
  const writer = await startWriter(writing, OUTSIDE)
  const stopMarks = markAcknowledged(writer)
  await acknowledgesMore(writer, 120)
  say(`killing ${nameOf(placed.exporter)}`)
  await lab('kill', placed.exporter)
  await wait(10)
  await acknowledgesMore(writer, 300)
  await stopWriter(writer)
  await stopMarks()
  await on(placed.mounter, RELEASE, STORAGE)
  say(`${writer.acknowledged.size} records acknowledged, longest pause ${writer.pause().toFixed(1)} s`)
  await lab('boot', placed.exporter)
  await lab('cluster')
  return writer.acknowledged.size
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

const directory = join(root, 'dist/faults/power')
mkdirSync(directory, { recursive: true })
const every = Number(process.env.EVERY ?? 1)
const recorded = await record()
const results: Replayed[] = []
for (const node of NODES) {
  const [log, disk] = ['log', 'base'].map(part => join(directory, `${nameOf(node)}.${part}`))
  if (log === undefined || disk === undefined) continue
  await fetch(node, `${STORAGE}-log`, log)
  await fetch(node, `${STORAGE}-base`, disk)
  const result = await replay({ log, disk, file: `/${FILE}`, every })
  results.push(result)
  say(`${nameOf(node)}: ${result.moments} moments, the last with ${result.acknowledged} acknowledged records`)
  for (const finding of result.findings) say(`  ${finding}`)
}
await commandOn(1, CLEAN, STORAGE)
for (const node of NODES) await tryOn(node, CLEAN_NODE, STORAGE)
// marks come ten times a second; a log that is full ends long before
const isWhole = results.some(({ acknowledged }) => acknowledged > 0.9 * recorded)
if (!isWhole) say(`of ${recorded} acknowledged records, neither log has the last ones`)
const isSound = results.every(({ moments, findings }) => moments > 0 && findings.length === 0)
process.exitCode = isWhole && isSound ? 0 : 1
