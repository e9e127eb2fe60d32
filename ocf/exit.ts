/**
 * The exit codes of the OCF resource agent API 1.1.
 * @see https://github.com/ClusterLabs/OCF-spec/blob/main/ra/1.1/resource-agent-api.md
 */
export const exit = {
  success: 0,
  genericError: 1,
  invalidHere: 2,
  unimplemented: 3,
  insufficientPrivileges: 4,
  notInstalled: 5,
  notConfigured: 6,
  notRunning: 7,
  runningPromoted: 8,
  degraded: 190,
  degradedPromoted: 191,
} as const

export const exitCodes = Object.values(exit)

export type ExitCode = (typeof exit)[keyof typeof exit]

/** What an agent throws: the exit code and the exit reason. */
export class OcfError extends Error {
  readonly code: ExitCode

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OcfError'
    this.code = code
  }
}

/** The action failed; Pacemaker recovers by its rules. */
export const failed = (message: string, options?: ErrorOptions) => new OcfError(exit.genericError, message, options)

/** Valid, but not on this node: Pacemaker tries another node. */
export const invalidHere = (message: string, options?: ErrorOptions) => new OcfError(exit.invalidHere, message, options)

/** A tool or kernel module is missing on this node. */
export const notInstalled = (message: string, options?: ErrorOptions) =>
  new OcfError(exit.notInstalled, message, options)

/** The configuration is invalid on every node: Pacemaker bans the resource everywhere until it is corrected. */
export const notConfigured = (message: string, options?: ErrorOptions) =>
  new OcfError(exit.notConfigured, message, options)
