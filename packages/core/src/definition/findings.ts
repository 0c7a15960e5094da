import type { Issue } from "../parsed.ts";

/** Collects what is wrong with one input while all of it is read. */
export class Findings {
  readonly issues: Issue[] = [];
  readonly warnings: Issue[] = [];
  readonly #failed = new Set<string>();

  issue(path: string, problem: string): void {
    this.issues.push({ path, problem });
    this.#failed.add(path);
  }

  warn(path: string, problem: string): void {
    this.warnings.push({ path, problem });
  }

  /**
   * Whether one of `paths` itself has an issue. Its value then is a placeholder, which a check over
   * several fields must not judge.
   */
  hasFailed(...paths: readonly string[]): boolean {
    return paths.some((path) => this.#failed.has(path));
  }
}
