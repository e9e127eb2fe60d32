/** Ends the command with the exit status of a program that the operator has used, without a message: it is no failure of the command. */
export class ProgramStatus extends Error {
  readonly status: number

  constructor(status: number) {
    super(`the program exited with ${status}`)
    this.name = 'ProgramStatus'
    this.status = status
  }
}
