import { parseConf, type Section, sectionsIn, settingIn } from './syntax.ts'

export const COROSYNC_CONF = '/etc/corosync/corosync.conf'

/** A node in corosync's list of nodes. */
export interface Member {
  readonly name: string
  readonly id: number
  /** One per link. */
  readonly addresses: readonly string[]
}

/** Milliseconds without a token after which a node counts as lost: a short pause of a busy node must not get it fenced. */
const TOKEN_MILLISECONDS = 5000

/** The text of corosync.conf(5), the same on all nodes. */
export function corosyncConf(clusterName: string, members: readonly Member[]): string {
  return [
    '# Written by vhacs cluster --init.',
    ...block('totem', [
      'version: 2',
      `cluster_name: ${clusterName}`,
      'transport: knet',
      `token: ${TOKEN_MILLISECONDS}`,
      'crypto_cipher: aes256',
      'crypto_hash: sha256',
    ]),
    ...block('nodelist', members.flatMap(memberBlock)),
    ...block('quorum', ['provider: corosync_votequorum', ...(members.length === 2 ? TWO_NODES : [])]),
    ...block('logging', ['to_syslog: yes', 'to_stderr: no', 'timestamp: on']),
    '',
  ].join('\n')
}

/** The survivor of two keeps quorum, and fences the other; a node that starts alone waits for the other. @see votequorum(5) */
const TWO_NODES = ['two_node: 1', 'wait_for_all: 1']

function memberBlock({ name, id, addresses }: Member): string[] {
  const rings = addresses.map((address, link) => `ring${link}_addr: ${address}`)
  return block('node', [`nodeid: ${id}`, `name: ${name}`, ...rings])
}

function block(name: string, lines: readonly string[]): string[] {
  return [`${name} {`, ...lines.map(line => `\t${line}`), '}']
}

/** The cluster that a corosync.conf defines. */
export interface ConfiguredCluster {
  readonly clusterName: string
  /** Empty when it has no list of nodes. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[]
}

/** What can be read of it: a text that corosync would refuse defines a cluster without a name and nodes. */
export function parseCorosyncConf(text: string): ConfiguredCluster {
  const root = confOrNothing(text)
  const names = sectionsIn(root, 'totem').flatMap(section => settingIn(section, 'cluster_name') ?? [])
  const nodes = sectionsIn(root, 'nodelist').flatMap(list => sectionsIn(list, 'node'))
  return {
    clusterName: names.at(-1) ?? '',
    nodes: nodes.map(node => ({
      name: settingIn(node, 'name') ?? '',
      address: settingIn(node, 'ring0_addr') ?? '',
    })),
  }
}

function confOrNothing(text: string): Section {
  try {
    return parseConf(text)
  } catch (error) {
    if (error instanceof RangeError) return { name: '', lines: [], braces: undefined }
    throw error
  }
}
