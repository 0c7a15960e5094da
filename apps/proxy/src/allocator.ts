/**
 * Variables for the environment of a proxy, for glibc's allocator (mallopt(3)), which only who starts a process can set;
 * elsewhere they mean nothing. By itself it keeps what it may need again in an arena for each of some twenty threads,
 * and more of it once something large has been freed. `docs/performance.md` has the measurements.
 */
export function allocatorSettings(edges: number): Readonly<Record<string, string>> {
  return { MALLOC_ARENA_MAX: String(edges + 1), MALLOC_TRIM_THRESHOLD_: "131072" };
}
