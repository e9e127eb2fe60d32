import type { FakeSystem, ToolResult } from '../system.ts'
import type { FakeNode } from './storage-node.ts'

/** The names of the DRBD configuration files on the node, except those of packages. */
export function resourceFiles({ system }: FakeNode): string[] {
  return system.list('/etc/drbd.d').filter(name => name.endsWith('.res'))
}

/** Exit statuses and messages of drbd-utils 9.22. */
export function drbdadm(node: FakeNode, [verb = '', ...args]: readonly string[]): ToolResult {
  const configured = resourceFiles(node).flatMap(file => resourcesIn(node.system.read(`/etc/drbd.d/${file}`)))
  const names = configured.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice) return { status: 10, stderr: `conflicting use of resource name '${twice}'\n` }
  const resource = args.at(-1)?.replace(/\/0$/, '') ?? ''
  if (verb === '--config-to-test') return testConfig(node, names, args[0] ?? '')
  if (verb === '--config-file') return testConfig(node, [], args[0] ?? '')
  if (verb === 'sh-resources') return shResources(names)
  if (verb === 'sh-dev') return shDev(configured)
  if (!names.includes(resource)) return { status: 10, stderr: `'${resource}' not defined in your config\n` }
  return act(node, verb, resource)
}

/** A file beside those that are there. */
function testConfig({ system }: FakeNode, names: readonly string[], path: string): ToolResult {
  const [added] = resourcesIn(system.read(path))
  if (added === undefined)
    return { status: 10, stderr: `${path}:1: Parse error: 'resource' expected,\n\tbut got end of file\n` }
  if (!names.includes(added.name)) return 0
  return { status: 10, stderr: `${path}:2: conflicting use of resource section '${added.name}' ...\n` }
}

/** `down NAME`, which needs no configuration. */
export function drbdsetup({ drbd, runs }: FakeNode, [verb, resource = '']: readonly string[]): ToolResult {
  if (verb !== 'down') return { status: 20, stderr: 'USAGE: drbdsetup command device arguments options\n' }
  if (!drbd.has(resource)) return { status: 10, stderr: `${resource}: Failure: (158) Unknown resource\n` }
  if (isHeld(runs, resource)) return HELD
  drbd.delete(resource)
  return 0
}

const isHeld = (runs: FakeNode['runs'], resource: string) =>
  runs(`${resource}-target`) || runs(`${resource}-filesystem`)
const HELD = { status: 11, stderr: 'State change failed: (-12) Device is held open by someone\n' }

function resourcesIn(text: string): { name: string; minor: number }[] {
  return [...text.matchAll(/^resource (\S+) \{[^}]*?device \/dev\/drbd(\d+);/gms)].map(([, name = '', minor]) => ({
    name,
    minor: Number(minor),
  }))
}

function shResources(names: readonly string[]): ToolResult {
  if (names.length === 0) return { status: 0, stderr: 'no resources defined!\n' }
  return { status: 0, stdout: `${names.join(' ')}\n` }
}

function shDev(configured: readonly { readonly minor: number }[]): ToolResult {
  if (configured.length === 0) return { status: 1, stderr: 'no resources defined!\n' }
  return { status: 0, stdout: configured.map(({ minor }) => `/dev/drbd${minor}\n`).join('') }
}

function act({ volumes, drbd, runs }: FakeNode, verb: string, resource: string): ToolResult {
  const volume = volumes.get(resource)
  if (verb === 'down') {
    if (isHeld(runs, resource)) return HELD
    drbd.delete(resource)
    return 0
  }
  if (volume === undefined) return { status: 20, stderr: `open(/dev/vhacs/${resource}) failed: No such file\n` }
  if (verb === 'create-md') volume.hasMetadata = true
  else if (!volume.hasMetadata) return { status: 1, stderr: 'No valid meta data found\n' }
  else if (verb === 'adjust') drbd.set(resource, 'Secondary')
  else if (!drbd.has(resource)) return { status: 10, stderr: 'Device minor not allocated\n' }
  else if (verb === 'primary') drbd.set(resource, 'Primary')
  else if (verb === 'secondary') drbd.set(resource, 'Secondary')
  return 0
}

/** mkfs.ext3 on a device that is primary. */
export function makeFilesystem({ system, volumes, drbd }: FakeNode, device: string): ToolResult {
  const [name] = [...drbd].find(([resource]) => {
    const text = system.read(`/etc/drbd.d/${resource}.res`)
    return text.includes(`device ${device};`)
  }) ?? ['']
  const volume = volumes.get(name)
  if (volume === undefined || drbd.get(name) !== 'Primary')
    return { status: 1, stderr: `mkfs.ext3: Read-only file system while opening ${device}\n` }
  volume.hasFilesystem = true
  return 0
}

/** How drbdadm fails when a file vanishes between its listing and its opening, or is a dangling link. */
export const LOST_FILE = { status: 10, stderr: "drbd.conf:1: Failed to open include file 'drbd.d/c9.res'.\n" }

/** The next drbdadm on this node meets the removal of another cloud. */
export function loseFileOnce({ tools }: FakeSystem): void {
  const drbdadm = tools.get('drbdadm')
  let calls = 0
  tools.set('drbdadm', (args, options) => (calls++ === 0 ? LOST_FILE : (drbdadm?.(args, options) ?? 1)))
}
