import { fileNameOf, RUN_DIRECTORY } from '../../../system/files.ts'
import { withoutInstanceNumber } from '../../../system/pacemaker/ids.ts'

/** What a side remembers of the connections of its clients, in a note; times are milliseconds since 1970. */
export type ClientNote =
  /** One has been connected since the side was promoted. */
  | { readonly is: 'connected' }
  /** None is any more. */
  | { readonly is: 'gone'; readonly since: number; readonly queries: number }
  /** These vhosts could not reach it, while they reached the other side. */
  | { readonly is: 'unreached'; readonly since: number; readonly vhosts: readonly string[] }

const PREFIX = 'clients-'

/** The path of a resource's note. */
export function clientNotePath(instance: string): string {
  return `${RUN_DIRECTORY}/${PREFIX}${fileNameOf(withoutInstanceNumber(instance))}`
}

/** Whether a file of RUN_DIRECTORY is such a note, of any resource. */
export function isClientNote(name: string): boolean {
  return name.startsWith(PREFIX)
}

/** The line of a note. */
export function clientNoteLine(note: ClientNote): string {
  switch (note.is) {
    case 'connected':
      return note.is
    case 'gone':
      return `${note.is} ${note.since} ${note.queries}`
    case 'unreached':
      return `${note.is} ${note.since} ${note.vhosts.join(',')}`
  }
}

/** Undefined without a note, or for a line of another form. */
export function parseClientNote(line: string | undefined): ClientNote | undefined {
  const [, is, since, more = ''] = /^(connected|gone|unreached)(?: (\d{1,15}) (\S*))?$/.exec(line ?? '') ?? []
  if (is === 'connected') return { is }
  if (since === undefined) return undefined
  if (is === 'unreached') return { is, since: Number(since), vhosts: more.split(',') }
  return /^\d{1,2}$/.test(more) ? { is: 'gone', since: Number(since), queries: Number(more) } : undefined
}
