/** One thing wrong with the configuration, in the words of whoever wrote the file. */
export interface ConfigIssue {
  /** The file as a path that can be opened from the working directory. */
  readonly file: string;
  /** Where in the file: `listen.http.port`, or `line 3, column 7`; empty for the whole file. */
  readonly path: string;
  /** What was expected and what is there. */
  readonly problem: string;
}

/**
 * One issue as one line: `FILE: PATH: expected ..., got ...`.
 *
 * Control characters are escaped, so that a file name or value cannot forge a second line.
 */
export function renderConfigIssue(issue: ConfigIssue): string {
  const parts = issue.path === "" ? [issue.file] : [issue.file, issue.path];
  return escapeControls([...parts, issue.problem].join(": "));
}

function escapeControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
