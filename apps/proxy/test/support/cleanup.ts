import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const steps: (() => Promise<void> | void)[] = [];

/** Has `step` run when the test file is over, the newest first. */
export function atEnd(step: () => Promise<void> | void): void {
  steps.push(step);
}

/** Runs every step; a step that fails does not keep the others from running, and is thrown at last. */
export async function cleanUp(): Promise<void> {
  const problems: unknown[] = [];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    try {
      await step();
    } catch (error) {
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new AggregateError(problems, "not everything could be closed");
}

/** A directory of this test file's own, readable by this user only. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "portcullis-e2e-"));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
