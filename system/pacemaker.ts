import { runToSuccess, type System, type Tool } from './system.ts'

export const crmAttribute: Tool = { name: 'crm_attribute', package: 'pacemaker-cli-utils' }

/** A resource's id without the number of the clone instance. */
export function withoutInstanceNumber(instance: string): string {
  return instance.replace(/:\d+$/, '')
}

/**
 * Sets (or with undefined deletes) the promotion score of a resource on this node, until the node leaves the cluster.
 * Higher is promoted first; without a score an instance is not promoted.
 */
export async function setPromotionScore(
  system: System,
  resource: string,
  score: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const change = score === undefined ? ['--delete'] : ['--update', String(score)]
  await runToSuccess(system, crmAttribute, ['--promotion', resource, '--lifetime', 'reboot', ...change], { signal })
}
