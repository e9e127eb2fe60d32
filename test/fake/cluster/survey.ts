import { element, printXml } from '../../../cloud/xml.ts'
import type { FakeTool, ToolResult } from '../system.ts'
import { drbdadm, resourceFiles } from './drbdadm.ts'
import type { FakeNode } from './storage-node.ts'

/** Adds the queries that precede the planning of clouds to a node, and the addresses that are in use. */
export function answerSurvey(node: FakeNode, isAnswering: (address: string) => boolean): void {
  instead(node, 'vgs', args => (args.includes('vg_name,vg_free,vg_extent_size') ? groups(node) : undefined))
  instead(node, 'lvs', args => (args.includes('vg_name,lv_name,lv_size') ? volumes(node) : undefined))
  instead(node, 'drbdadm', args => (args[0] === 'dump-xml' ? dumpXml(node) : undefined))
  instead(node, 'ip', args => (args[1] === 'neighbour' ? { status: 0, stdout: '[]' } : undefined))
  node.system.tools.set('ping', args => (isAnswering(args.at(-1) ?? '') ? 0 : 1))
}

/** Answers some calls of a tool itself. */
function instead(
  { system }: FakeNode,
  tool: string,
  answer: (args: readonly string[]) => ToolResult | undefined,
): void {
  const before = system.tools.get(tool)
  const act: FakeTool = (args, options) => answer(args) ?? before?.(args, options) ?? 1
  system.tools.set(tool, act)
}

const EXTENT = 4 * 2 ** 20

function groups({ sizeBytes, volumes: found }: FakeNode): ToolResult {
  const used = [...found.values()].reduce((sum, volume) => sum + volume.sizeBytes, 0)
  const group = { vg_name: 'vhacs', vg_free: `${sizeBytes - used}`, vg_extent_size: `${EXTENT}` }
  return { status: 0, stdout: JSON.stringify({ report: [{ vg: sizeBytes > 0 ? [group] : [] }] }) }
}

function volumes({ volumes: found }: FakeNode): ToolResult {
  const lv = [...found].map(([name, { sizeBytes }]) => ({ vg_name: 'vhacs', lv_name: name, lv_size: `${sizeBytes}` }))
  return { status: 0, stdout: JSON.stringify({ report: [{ lv }] }) }
}

/** As drbd-utils 9.22 has it: each resource with its nodes and, for DRBD 9, their connections. */
function dumpXml(node: FakeNode): ToolResult {
  const parsed = drbdadm(node, ['sh-resources'])
  if (typeof parsed === 'object' && parsed.status !== 0) return parsed
  const texts = resourceFiles(node)
    .map(file => node.system.read(`/etc/drbd.d/${file}`))
    .filter(text => /^resource /m.test(text))
  const resources = texts.map(text => {
    const [, name = ''] = /^resource (\S+) \{/m.exec(text) ?? []
    const [, minor = ''] = /device \/dev\/drbd(\d+);/.exec(text) ?? []
    const sides = [...text.matchAll(/on (\S+) \{\s*(node-id \d+;\s*)?address (\S+):(\d+);/g)].map(
      ([, host = '', nodeId, address, port = '']) => ({
        host,
        isOfNine: nodeId !== undefined,
        address: element('address', { family: address?.includes('[') ? 'ipv6' : 'ipv4', port }),
      }),
    )
    const hosts = sides.map(({ host, address }) =>
      element('host', { name: host }, [element('volume', { vnr: '0' }, [element('device', { minor })]), address]),
    )
    const pairs = sides.flatMap((one, index) => sides.slice(index + 1).map(other => [one, other] as const))
    const connections = pairs
      .filter(([{ isOfNine }]) => isOfNine)
      .map(pair =>
        element(
          'connection',
          {},
          pair.map(({ host, address }) => element('host', { name: host }, [address])),
        ),
      )
    const alone = [
      element('host', { name: node.name }, [element('volume', { vnr: '0' }, [element('device', { minor })])]),
    ]
    return element('resource', { name }, [...(hosts.length > 0 ? hosts : alone), ...connections, ...netOptions(text)])
  })
  return { status: 0, stdout: printXml(element('config', { file: '/etc/drbd.conf' }, resources)) }
}

/** drbdadm shows the secret, too. */
function netOptions(text: string) {
  const [, value] = /shared-secret "([^"]*)";/.exec(text) ?? []
  return value === undefined
    ? []
    : [element('section', { name: 'net' }, [element('option', { name: 'shared-secret', value })])]
}
