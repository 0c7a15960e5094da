/** The part of an API JSON that tests set; the rest has defaults. */
export type Metadata = Readonly<Record<string, unknown>>;

/** An API JSON: any host, blocking on, one server at `port` unless there is none. */
export function definition(url: string, port: number | undefined, more: Metadata = {}): string {
  const servers = port === undefined ? [] : [{ host: "127.0.0.1", port }];
  const metadata = { protocol: "http", url, hostname: "*", servers, ...more };
  return JSON.stringify({ api_metadata: metadata }, undefined, 2);
}

/** What a pattern violation is answered with, unless a test says otherwise. */
const PATTERN_ANSWER = {
  error_code: 401,
  error_def: "Unauthorized",
  error_message_body: " Error: Unauthorized",
} as const;

/** `api_pattern_enforcement` with the answer above. */
export function pattern(rules: Metadata): Metadata {
  return { api_pattern_enforcement: { ...PATTERN_ANSWER, ...rules } };
}
