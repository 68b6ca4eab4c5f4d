/**
 * Milliseconds of the system's monotonic clock, which all processes of a machine share (`CLOCK_MONOTONIC` and its likes on
 * other systems), so that a moment noted in one process can be compared in another. Source: libuv's `uv_hrtime`.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
