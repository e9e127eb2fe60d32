import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Element, element, parseXml } from '../../../../cloud/xml.ts'
import { inDirectory, spawnTool } from '../tools.ts'

/*
 * The operators' tools crmsh and pcs, on files: no cluster is needed. Our agents need not be installed: both are forced to accept
 * them (-F, --force), or a stand-in for crm_resource knows them.
 */

/** The CIB after crmsh has loaded a text into it. */
export function loadedByCrmsh(cib: string, text: string): string {
  return withFiles({ 'cib.xml': cib, 'clouds.crm': text }, directory => {
    const file = join(directory, 'cib.xml')
    const crm = ['env', `CIB_file=${file}`, 'crm', '-F', 'configure', 'load', 'update', join(directory, 'clouds.crm')]
    // it always writes a log below /var/log
    run(crm, directory, { asRoot: true })
    run(['chown', '-R', `${process.getuid?.()}:${process.getgid?.()}`, directory], directory, { asRoot: true })
    return readFileSync(file, 'utf8')
  })
}

/** Runs many commands in one process, as the pcs script runs one: most of its time is start-up. */
export const PCS = `
import json, os, sys
from pcs import app, settings
settings.pcs_data_dir = os.path.join(os.path.dirname(settings.__file__), "../../../../share/pcs/data")
if "CRM_RESOURCE" in os.environ:
    # the name of pcs 0.11, and that of 0.12
    settings.crm_resource_binary = settings.crm_resource_exec = os.environ["CRM_RESOURCE"]
for words in json.load(sys.stdin):
    try:
        app.main(words)
    except SystemExit as end:
        if end.code: sys.exit(f"pcs {words}: {end.code}")
`

/** The CIB after these commands of pcs. */
export function changedByPcs(cib: string, commands: readonly (readonly string[])[]): string {
  return withFiles({ 'cib.xml': cib }, directory => {
    const file = join(directory, 'cib.xml')
    const calls = commands.map(words => ['-f', file, '--force', ...words])
    run(['python3', '-c', PCS], directory, { input: JSON.stringify(calls) })
    return readFileSync(file, 'utf8')
  })
}

/** Prints the meta-data of an agent, as the real one does for an agent that is installed. */
const CRM_RESOURCE = `#!/bin/sh
[ "$1" = --show-metadata ] && exec cat "$(dirname "$0")/\${2##*:}.xml"
echo "unexpected: $*" >&2
exit 1
`

/** The CIB after these commands of pcs, for which agents with these meta-data are installed. */
export function createdByPcs(
  cib: string,
  commands: readonly (readonly string[])[],
  metadata: Readonly<Record<string, string>>,
): string {
  const agents = Object.entries(metadata).map(([name, xml]) => [`${name}.xml`, xml])
  return withFiles({ 'cib.xml': cib, crm_resource: CRM_RESOURCE, ...Object.fromEntries(agents) }, directory => {
    const file = join(directory, 'cib.xml')
    const tool = join(directory, 'crm_resource')
    chmodSync(tool, 0o755)
    const calls = commands.map(words => ['-f', file, ...words])
    run(['python3', '-c', PCS], directory, { input: JSON.stringify(calls), environment: { CRM_RESOURCE: tool } })
    return readFileSync(file, 'utf8')
  })
}

/** A section of a CIB in a form common to all tools: without the ids that each tool chooses, and sorted where order has no meaning. */
export function canonical(cib: string, section: 'nodes' | 'resources' | 'constraints'): Element {
  const element = parseXml(cib)
    .children.flatMap(({ children }) => children)
    .find(({ name }) => name === section)
  if (!element) throw new Error(`the CIB has no ${section}`)
  return { ...element, children: sorted(element.children.map(normal), byId) }
}

const DEFAULTS: Readonly<Record<string, string>> = { 'rsc-role': 'Started', 'boolean-op': 'and' }

function normal({ name, attributes: { id = '', ...others }, children }: Element): Element {
  const hasMeaning = /^(node|primitive|group|clone|rsc_.*)$/.test(name)
  const explicit = Object.entries(others).filter(([key, value]) => DEFAULTS[key] !== value)
  const attributes = Object.fromEntries(sorted(explicit, ([key]) => key))
  const isOrdered = name === 'group'
  const inside = children.map(normal)
  const parts = isOrdered
    ? [...inside.filter(part => part.name !== 'primitive'), ...inside.filter(part => part.name === 'primitive')]
    : sorted(inside, part => JSON.stringify(part))
  return element(name, hasMeaning ? { id, ...attributes } : attributes, parts)
}

function byId({ attributes }: Element): string {
  return attributes.id ?? ''
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
}

interface RunOptions {
  readonly input?: string
  readonly asRoot?: boolean
  readonly environment?: Readonly<Record<string, string>>
}

function run(words: readonly string[], directory: string, options: RunOptions = {}): void {
  const { input = '', asRoot = false, environment } = options
  // test/tools.sh unpacks pcs there where it is not installed
  const PYTHONPATH = join(import.meta.dirname, '../../../../.cache/debian/usr/lib/python3/dist-packages')
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: directory, PYTHONPATH, ...environment }
  const { error, status, stdout, stderr } = spawnTool(words, { env, input, asRoot, timeoutMilliseconds: 120_000 })
  if (error) throw error
  if (status !== 0) throw new Error(`${words.join(' ')} exited with ${status}: ${stdout}${stderr}`)
}

function withFiles<T>(files: Readonly<Record<string, string>>, use: (directory: string) => T): T {
  return inDirectory(directory => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    return use(directory)
  })
}
