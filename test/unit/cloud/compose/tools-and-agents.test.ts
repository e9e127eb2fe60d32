import { describe, expect, test } from 'vitest'
import { agents } from '../../../../agents/all.ts'
import { printXml } from '../../../../cloud/xml.ts'
import { metadata } from '../../../../ocf/runtime/metadata.ts'
import { cibOf } from '../cib.ts'
import { verify } from '../pacemaker.ts'
import { EXAMPLES } from './agent-parameters.ts'
import { canonical } from './crm-and-pcs.ts'
import { type Installed, withInstalledAgents } from './installed-agents.ts'

/*
 * What operators' tools make of the agents as they are installed, without a cluster: they run the agents themselves, meta-data and
 * validate-all. Both releases of Debian make the same of them: pcs an operation of each advertised action, crmsh none, so that an operator
 * must give it the monitors.
 */

const EMPTY = cibOf({ clouds: [], nodes: ['node1'] })
const TIMEOUT = 600_000

/** What pcs adds for a promotable clone is no parameter. */
const CLONE = ['promotable', 'notify=true']

const named = agents.map(({ name }) => ({ name, parameters: EXAMPLES[name] ?? [] }))

/** The resources after commands that must all succeed. */
function made(use: (installed: Installed) => readonly { readonly status: number | null; readonly stderr: string }[]) {
  return withInstalledAgents(EMPTY, installed => {
    // pcs 0.12 warns of words that pcs 0.11 needs
    for (const { status, stderr } of use(installed)) expect(status, stderr).toBe(0)
    const cib = installed.cib()
    expect(verify(cib)).toBe('')
    return printXml(canonical(cib, 'resources'))
  })
}

const golden = (tool: string) => `../../../fixtures/cib/by-hand-${tool}.xml`

const createByPcs = ({ pcs }: Installed, ...options: string[]) => [
  pcs(
    ...named.map(({ name, parameters }) => [
      ...['resource', 'create', name, `ocf:vhacs:${name}`, ...parameters],
      ...(name === 'drbd-cloud' ? CLONE : []),
      ...options,
    ]),
  ),
]

test('"pcs resource create" makes a valid configuration of each agent', { timeout: TIMEOUT }, async () => {
  await expect(made(installed => createByPcs(installed))).toMatchFileSnapshot(golden('pcs'))
})

test('"pcs resource create --agent-validation" makes the same', { timeout: TIMEOUT }, async () => {
  await expect(made(installed => createByPcs(installed, '--agent-validation'))).toMatchFileSnapshot(golden('pcs'))
})

test('"crm configure primitive" makes a valid configuration of each agent', { timeout: TIMEOUT }, async () => {
  const create = ({ run }: Installed) =>
    named.map(({ name, parameters }) =>
      run(['crm', 'configure', 'primitive', name, `ocf:vhacs:${name}`, ...parameters]),
    )
  await expect(made(create)).toMatchFileSnapshot(golden('crmsh'))
})

describe('crm_resource', () => {
  test('--show-metadata prints the meta-data of each agent', { timeout: TIMEOUT }, () => {
    const shown = withInstalledAgents(EMPTY, ({ run }) =>
      named.map(({ name }) => run(['crm_resource', '--show-metadata', `ocf:vhacs:${name}`]).stdout.trim()),
    )
    expect(shown).toEqual(agents.map(agent => metadata(agent).trim()))
  })

  const validate = ({ run }: Installed, name: string, parameters: readonly string[]) =>
    run([
      ...['crm_resource', '--validate', '--class', 'ocf', '--provider', 'vhacs', '--agent', name],
      ...parameters.flatMap(parameter => ['--option', parameter]),
    ])

  test('--validate accepts the parameters that each agent needs, and nothing less', { timeout: TIMEOUT }, () => {
    withInstalledAgents(EMPTY, installed => {
      for (const { name, parameters } of named) {
        expect(validate(installed, name, parameters)).toMatchObject({ status: 0 })
        const { status, stdout, stderr } = validate(installed, name, parameters.slice(1))
        expect({ status, said: stdout + stderr }).toEqual({
          status: 6,
          said: expect.stringContaining(`parameter ${parameters[0]?.split('=')[0]} is missing`),
        })
      }
    })
  })

  test('--validate of a resource in the CIB runs its agent', { timeout: TIMEOUT }, () => {
    withInstalledAgents(EMPTY, installed => {
      installed.pcs(['resource', 'create', 'fs', 'ocf:vhacs:ext3-filesystem', ...(EXAMPLES['ext3-filesystem'] ?? [])])
      const { status, stdout } = installed.run(['crm_resource', '--validate', '--resource', 'fs'])
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('returned 0') })
    })
  })
})

test('pcs with --agent-validation refuses what an agent refuses, with its message', { timeout: TIMEOUT }, () => {
  withInstalledAgents(EMPTY, ({ pcs, cib }) => {
    const before = cib()
    const create = ['resource', 'create', 'fs', 'ocf:vhacs:ext3-filesystem', 'device=/dev/sda', 'directory=mnt']
    const { status, stderr } = pcs([...create, '--agent-validation'])
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('an absolute path') })
    expect(cib()).toBe(before)
  })
})
