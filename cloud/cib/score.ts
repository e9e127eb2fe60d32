/** A score as a number: Pacemaker's infinity is a million. NaN for what is no score. */
export function scoreOf(text: string): number {
  return Number(text.replace(/INFINITY|inf/i, '1000000'))
}

/** Whether a score bans: no other score makes up for it. */
export function isBan(text: string): boolean {
  return scoreOf(text) <= -1_000_000
}
