/** The keys of the live views, for the help. */
export const WATCH_KEYS =
  'Keys: q quits, s sorts by the next column, r turns the order round, f shows only what holds a text.'
