import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { METRICS } from '../../../../cli/metrics/definitions.ts'

/* What is shipped for Prometheus and Grafana fits the metrics. promtool test rules runs the tests of the rules. */

const text = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')
const RULES = text('monitoring/rules.yaml')
const DASHBOARD = text('monitoring/dashboard.json')
const DOCUMENT = text('docs/metrics.md')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: Readonly<Record<string, string>>
}
const rules: readonly Rule[] = parse(RULES).groups.flatMap((group: { rules: readonly Rule[] }) => group.rules)

interface Panel {
  readonly id: number
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string }[]
}
const panels: readonly Panel[] = JSON.parse(DASHBOARD).panels

/** The metrics and the labels of theirs that an expression of PromQL selects by. */
function used(expression: string): { metric: string; labels: string[] }[] {
  return [...expression.matchAll(/vhacs_(\w+)(?:\{([^}]*)\})?/g)].map(([, metric = '', selector = '']) => ({
    metric,
    labels: [...selector.matchAll(/(\w+)(?:=~|!=|=)/g)].map(([, label = '']) => label),
  }))
}

const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(panel => panel.targets.map(({ expr }) => expr)),
]

test.each(expressions)('%s is about metrics and labels that exist', expression => {
  const wrong = used(expression).filter(({ metric, labels }) => {
    const known: readonly string[] | undefined = Object.entries(METRICS).find(([name]) => name === metric)?.[1].labels
    return known === undefined || !labels.every(label => known.includes(label))
  })
  expect(wrong).toEqual([])
})

test('expressions are found, in the rules and the dashboard', () => {
  expect(rules.length).toBeGreaterThan(20)
  expect(panels.length).toBeGreaterThan(10)
  expect(used('max(vhacs_x{a="1", b=~"2"}) / vhacs_y')).toEqual([
    { metric: 'x', labels: ['a', 'b'] },
    { metric: 'y', labels: [] },
  ])
})

test.each(rules)('$alert is complete, documented with its severity, and tested', ({ alert, labels, annotations }) => {
  expect(Object.keys(annotations)).toEqual(['summary', 'description'])
  expect(['critical', 'warning', 'info']).toContain(labels.severity)
  expect(DOCUMENT).toContain(`| \`${alert}\` | ${labels.severity} | `)
  const tests: readonly { name: string; alert_rule_test: readonly { exp_alerts?: readonly unknown[] }[] }[] = parse(
    text('monitoring/rules.test.yaml'),
  ).tests
  const own = tests.find(({ name }) => name === alert)
  // it must be silent at one time, and fire at another
  expect(own?.alert_rule_test.map(({ exp_alerts: fires = [] }) => fires.length)).toEqual([0, 1])
})

test('docs/metrics.md has no alert that does not exist', () => {
  const named = [...DOCUMENT.matchAll(/`(Vhacs\w+)`/g)].map(([, name = '']) => name)
  expect(named.filter(name => rules.every(({ alert }) => alert !== name))).toEqual([])
})

test('the commands in the alerts exist', () => {
  const options = rules.flatMap(
    ({ annotations: { description = '' } }) => description.match(/vhacs \w+ --[a-z]+/g) ?? [],
  )
  const page = text('docs/man/vhacs.8').replaceAll('\\', '')
  expect(options.length).toBeGreaterThan(5)
  for (const option of new Set(options)) expect(page).toContain(option.replace(/ --.*/, ''))
  for (const option of new Set(options)) expect(page).toContain(option.replace(/.* /, ''))
})

test('panels have ids of their own, and do not overlap', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
})
