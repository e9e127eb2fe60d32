import { type Call, type Case, contractOf, type Expectation, type Subject, subjects } from './contract.ts'

/*
 * Prints the contract of an agent (or of all) for a runner in shell, as calls of functions that the runner defines: contract_case
 * AGENT TITLE contract_call CODES REASONS OUTPUT [NAME=VALUE...] -- [ARGUMENT...]      CODES are separated by commas
 * contract_take_away With --bare, only the cases that need no objects of the agent. With --right, only the cases without wrong
 * parameters. NAME=VALUE sets a parameter with which a resource can run on the node of the calls.
 */
const isBare = process.argv.includes('--bare')
const isRight = process.argv.includes('--right')
const words = process.argv.slice(2).filter(word => !word.startsWith('--'))
const named = words.filter(word => !word.includes('='))
const given = Object.fromEntries(words.filter(word => word.includes('=')).map(pairOf))
for (const subject of subjects.filter(({ agent }) => named.length === 0 || named.includes(agent)))
  for (const one of contractOf(subject))
    if (!(isBare && needsResource(one)) && !(isRight && one.isRefused)) printCase(subject, one)

function pairOf(word: string): [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}

/** Whether the resource must be able to run. */
function needsResource({ steps }: Case): boolean {
  return steps.some(step => 'destroyed' in step || (step.expect.codes.includes(0) && looksAtNode(step.call)))
}

function looksAtNode({ arguments: [action], environment }: Call): boolean {
  return action === 'start' || (action === 'validate-all' && Number(environment?.OCF_CHECK_LEVEL) >= 10)
}

function printCase(subject: Subject, { title, steps }: Case): void {
  print('contract_case', subject.agent, title)
  for (const step of steps) {
    if ('destroyed' in step) print('contract_take_away')
    else
      print(
        'contract_call',
        ...wordsOf(step.expect),
        ...environmentOf(subject, step.call),
        '--',
        ...step.call.arguments,
      )
  }
}

function wordsOf({ codes, reasons, output }: Expectation): string[] {
  return [codes.join(','), String(reasons), output]
}

function environmentOf(subject: Subject, { parameters, environment = {}, isWithoutTools }: Call): string[] {
  const values = parameters === 'none' ? {} : { ...subject.parameters, ...given, ...parameters }
  const named = Object.entries(values).flatMap(([name, value]) =>
    value === null ? [] : [`OCF_RESKEY_${name}=${value}`],
  )
  const others = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  return [...named, ...others, ...(isWithoutTools ? ['OCF_TESTER_FAIL_HAVE_BINARY=1'] : [])]
}

function print(...words: string[]): void {
  process.stdout.write(`${words.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}\n`)
}
