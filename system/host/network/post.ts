const JSON_TYPE = { 'content-type': 'application/json' }

/**
 * Sends JSON by HTTP, and returns the status of the answer. Follows no redirection, which could lead anywhere.
 * @throws the signal's reason, or Error with what went wrong; never with the URL, whose path may be a key.
 */
export async function postJson(url: string, body: string, signal: AbortSignal): Promise<number> {
  try {
    const { status, body: answer } = await fetch(url, {
      method: 'POST',
      headers: JSON_TYPE,
      body,
      signal,
      redirect: 'manual',
    })
    await answer?.cancel()
    return status
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(reasonOf(error), { cause: error })
  }
}

/** fetch says no more than that it failed, and has the reason as a cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return 'the request failed'
}
