// When to ask again. Pure, so that the tests need no clock.

const kFirstRetryMs = 1_000;
const kLongestRetryMs = 10_000;
const kHiddenFactor = 6;

/**
 * Milliseconds until the next question.
 * @param interval_ms the pace while all is well and the page is visible
 * @param failures consecutive failures so far, 0 after a success
 */
export function poll_delay_ms(interval_ms: number, failures: number, hidden: boolean): number {
  if (failures > 0) {
    return Math.min(kLongestRetryMs, kFirstRetryMs * 2 ** (failures - 1));
  }
  return hidden ? interval_ms * kHiddenFactor : interval_ms;
}
