import { Command } from 'commander'
import { parseCloudName } from '../cloud/names.ts'
import type { System } from '../system/system.ts'
import { parseSize } from './sizes.ts'
import { createCloud } from './storage/create.ts'
import { destroyCloud } from './storage/destroy.ts'
import { listClouds } from './storage/list.ts'
import { type Terminal, withElapsedTime } from './terminal.ts'

/** The volume group on every storage node, as in the first VHACS. */
const VOLUME_GROUP = 'vhacs'

interface StorageOptions {
  readonly create?: string
  readonly size?: string
  readonly nodes?: string
  readonly destroy?: string
  readonly yes?: boolean
  readonly list?: boolean
}

/** vhacs storage */
export function storageCommand(system: System, terminal: Terminal): Command {
  const command = new Command('storage')
    .description('the clouds: replicated volumes, exported and mounted')
    .helpOption('-h, --help', 'print this help')
    .option('-c, --create <NAME>', 'make a cloud; needs --size')
    .option('-s, --size <SIZE>', 'its size, like 500M or 1.5G')
    .option('-n, --nodes <A,B>', 'the two nodes that hold its data, the preferred one first (default: by free space)')
    .option('-D, --destroy <NAME>', 'stop a cloud and remove it with all its data; needs --yes')
    .option('--yes', 'yes, the data are to be lost')
    .option('-l, --list', 'list the clouds')
  return command.action((options: StorageOptions) => runStorage(command, system, terminal, options))
}

async function runStorage(command: Command, system: System, terminal: Terminal, options: StorageOptions) {
  const verbs = [options.create, options.destroy, options.list].filter(verb => verb !== undefined)
  if (verbs.length !== 1) return command.error('vhacs storage: one of --create, --destroy and --list is expected')
  if (options.create !== undefined) return create(system, terminal, { ...options, create: options.create })
  if (options.destroy !== undefined) return destroy(system, terminal, options.destroy, options.yes ?? false)
  return listClouds(system, terminal.print)
}

async function create(system: System, terminal: Terminal, options: StorageOptions & { readonly create: string }) {
  if (options.size === undefined) throw new RangeError('--create needs --size, like --size 10G')
  const nodes = options.nodes?.split(',')
  if (nodes !== undefined && (nodes.length !== 2 || nodes[0] === nodes[1]))
    throw new RangeError(`--nodes: two different nodes are expected, like --nodes alpha,beta, got "${options.nodes}"`)
  const request = {
    name: parseCloudName(options.create),
    sizeBytes: parseSize(options.size),
    nodes,
    volumeGroup: VOLUME_GROUP,
  }
  const print = withElapsedTime(system, terminal.print)
  await createCloud(system, print, request)
  print(`${request.name} is mounted`)
}

async function destroy(system: System, terminal: Terminal, name: string, isConfirmed: boolean) {
  if (!isConfirmed)
    throw new RangeError(`all data on ${name} would be lost: say --yes as well if that is what you want`)
  const print = withElapsedTime(system, terminal.print)
  await destroyCloud(system, print, parseCloudName(name))
  print(`${name} is gone`)
}
