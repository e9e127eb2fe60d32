import type { Attributes, Operation, Primitive } from './composition.ts'

/** The part of an agent's declaration that the composer needs. */
interface Declaration {
  readonly name: string
  readonly parameters: Readonly<Record<string, { readonly short: string; readonly required?: boolean }>>
  readonly timeouts: Timeouts
}

type Timeouts = Readonly<Record<'start' | 'stop' | 'monitor', number>> &
  Readonly<Partial<Record<'promote' | 'demote' | 'notify', number>>>

type RequiredNames<P> = { [K in keyof P]: P[K] extends { readonly required: true } ? K : never }[keyof P]

/** Values for an agent's parameters: an undeclared name, or a missing required one, does not compile. */
type ValuesFor<P> = { readonly [K in RequiredNames<P>]: string } & {
  readonly [K in Exclude<keyof P, RequiredNames<P>>]?: string | undefined
}

export interface Monitor {
  readonly intervalMs: number
  readonly role?: 'Promoted' | 'Unpromoted'
  readonly checkLevel?: 10
}

/**
 * A resource of one of our agents. Parameters without a value are left out, so that the agent's default applies. Every
 * operation is explicit: otherwise Pacemaker uses the cluster's default timeout, not the agent's.
 */
export function primitive<A extends Declaration>(
  id: string,
  agent: A,
  parameters: ValuesFor<A['parameters']>,
  monitors: readonly Monitor[],
): Primitive {
  return {
    id,
    provider: 'vhacs',
    type: agent.name,
    parameters: withoutEmpty(parameters),
    operations: operations(agent.timeouts, monitors),
  }
}

function withoutEmpty(values: Readonly<Record<string, string | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  )
}

function operations({ monitor, ...actions }: Timeouts, monitors: readonly Monitor[]): Operation[] {
  return [
    ...Object.entries(actions).map(([name, timeoutSeconds]) => ({ name, intervalMs: 0, timeoutSeconds })),
    ...monitors.map(recurring => ({ name: 'monitor', timeoutSeconds: monitor, ...recurring })),
  ]
}
