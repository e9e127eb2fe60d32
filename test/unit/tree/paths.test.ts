import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* Every path of the repository that a document, a comment or a script names exists. */

const TOP = '(?:\\.ci|agents|alert|bench|build|cli|cloud|docs|fencing|handlers|metadata|ocf|system|systemd|test)'
/** `test/lab/README.md`, `cli/run/`, `system/nodes/**`: a path from the root. */
const PATH = new RegExp(`(?<![\\w./~$}-])${TOP}/[\\w.*/+@-]*`, 'g')
/** `objects.sh`: a file of the repository by its name alone. */
const NAME = /(?<![\w./~$*{}<>-])[a-z][\w-]*(?:\.test)?\.(?:ts|bats|bash|sh|py)(?![\w/.-]*[\w/])/g
/** Files of other software that the text mentions; the last is below /etc. */
const FOREIGN = new Set([
  'load.bash',
  'crm-fence-peer.sh',
  'crm-unfence-peer.sh',
  'notify-split-brain.sh',
  'ocf.py',
  'stonith_admin.py',
  'test-open-iscsi.py',
  'systemd/system',
])

const exists = (path: string) => trackedFiles.some(file => file === path || file.startsWith(`${path}/`))
const names = new Set(trackedFiles.map(file => file.slice(file.lastIndexOf('/') + 1)))

const DOCUMENTS = trackedFiles.filter(file => file.endsWith('.md'))
const SCRIPTS = trackedFiles.filter(file =>
  /\.(ts|bats|bash|sh|py|json)$|^Makefile$|^\.ci\/|\/(lab|demo|test)$/.test(file),
)

test.each(DOCUMENTS)('%s names paths that exist', file => {
  const text = textOf(file) ?? ''
  expect([...deadPaths(text), ...deadNames(text)]).toEqual([])
})

test.each(DOCUMENTS)('the links of %s lead to existing places', file => {
  const links = [...(textOf(file) ?? '').matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
  const dead = links.filter(([, path = '', anchor]) => {
    const target = path === '' ? file : normalize(join(dirname(file), path))
    return !exists(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })
  expect(dead.map(([link]) => link)).toEqual([])
})

test.each(DOCUMENTS)('%s names functions that exist in the files named with them', file => {
  const named = [...(textOf(file) ?? '').matchAll(/`([\w./-]+\.ts)` · `(\w+)`/g)]
  const dead = named.filter(([, path = '', name = '']) => !new RegExp(`\\b${name}\\b`).test(textOf(path) ?? ''))
  expect(dead.map(([text]) => text)).toEqual([])
})

test('scripts and comments name paths that exist', () => {
  const dead = SCRIPTS.filter(file => !file.startsWith('test/unit/tree/')).flatMap(file => {
    const text = textOf(file) ?? ''
    const comments = file.endsWith('.ts') ? commentsIn(text) : text
    return [...deadPaths(comments), ...deadNames(comments)].map(path => `${file}: ${path}`)
  })
  expect(dead).toEqual([])
})

test('a path that does not exist is found', () => {
  expect(deadPaths('see cli/nowhere/file.ts, `test/lab/README.md` and /usr/lib/ocf/resource.d/vhacs')).toEqual([
    'cli/nowhere/file.ts',
  ])
  expect(deadNames('as nowhere.bats does, beside helpers.bash')).toEqual(['nowhere.bats'])
  expect(commentsIn("const a = 'cli/x.ts' // see b.ts\n/* and\n * c.ts */")).toBe('// see b.ts\n/* and\n * c.ts */')
})

function deadPaths(text: string): string[] {
  const paths = [...text.matchAll(PATH)].map(([path]) => path.replace(/\*.*$/, '').replace(/[/.]+$/, ''))
  // NAME stands for any name
  return paths.filter(path => !/\bNAME\b/.test(path) && !exists(path) && !FOREIGN.has(path))
}

function deadNames(text: string): string[] {
  return [...text.matchAll(NAME)].map(([name]) => name).filter(name => !names.has(name) && !FOREIGN.has(name))
}

function commentsIn(text: string): string {
  const tokens = text.matchAll(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(\/\/[^\n]*|\/\*[\s\S]*?\*\/)/g,
  )
  return [...tokens].flatMap(([, comment]) => comment ?? []).join('\n')
}

/** The anchors that a forge gives the headings of a document. */
function anchorsOf(file: string): string[] {
  const headings = [...(textOf(file) ?? '').matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map(heading =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
