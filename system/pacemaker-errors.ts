/**
 * What is wrong, one text a line, where a tool of Pacemaker has failed and its output is XML; any other output as it is.
 * Agents use this too, and load no XML parser: of a result, whose form Pacemaker fixes, two texts are enough.
 * @see Pacemaker, xml/api/status.rng
 */
export function pacemakerErrors(output: string): string {
  if (!output.startsWith('<pacemaker-result')) return output
  const errors = [...output.matchAll(/<error>([^<]*)</g)].map(([, text = '']) => text)
  const [, status = ''] = output.split('<status ', 2)
  const [, message = ''] = /^[^>]*?\bmessage="([^"]*)"/.exec(status) ?? []
  return (errors.length > 0 ? errors : [message]).map(withoutEntities).join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }

function withoutEntities(text: string): string {
  return text.replace(/&(quot|apos|lt|gt|amp);/g, (_, name: string) => ENTITIES[name] ?? '')
}
