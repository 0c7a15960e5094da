import { array, assert, integer, property, record } from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { RequestWatch, type WatchedRequest } from "../src/server/request-watch.ts";

const LIMITS = { bodyMs: 4000, totalMs: 0 };
/** A time-out is late by two ticks at most. */
const LATEST_MS = LIMITS.bodyMs + 2000;

class Upload implements WatchedRequest {
  isUploadStopped = false;
  timeouts = 0;
  keptAlive = 0;
  onUploadTimeout(): void {
    this.timeouts++;
  }
  onTotalTimeout(): void {
    throw new TypeError("there is no limit in total");
  }
  keepAlive(): void {
    this.keptAlive++;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("whoever is over or through is told nothing, and everybody else once, in whatever order they end", () => {
  const ends = record({
    at: integer({ min: 0, max: 30 }),
    isUploaded: integer({ min: 0, max: 1 }),
  });
  assert(
    property(integer({ min: 1, max: 12 }), array(ends, { maxLength: 12 }), (count, ended) => {
      const watch = new RequestWatch(LIMITS);
      const uploads = Array.from({ length: count }, () => new Upload());
      const watched = uploads.map((upload) => watch.begin(upload, true));
      const over = new Set<Upload>();
      for (const { at, isUploaded } of ended) {
        const upload = uploads[at % count];
        const one = watched[at % count];
        if (upload === undefined || one === undefined) throw new TypeError("not watched");
        over.add(upload);
        if (isUploaded === 1) watch.uploaded(one, false);
        else watch.end(one);
      }
      vi.advanceTimersByTime(2 * LATEST_MS);
      watch.stop();
      expect(uploads.map(({ timeouts }) => timeouts)).toEqual(
        uploads.map((upload) => (over.has(upload) ? 0 : 1)),
      );
    }),
  );
});

test("what ends after the watch was stopped changes nothing for those who come then", () => {
  const watch = new RequestWatch(LIMITS);
  const first = watch.begin(new Upload(), true);
  watch.stop();
  const later = [new Upload(), new Upload()];
  for (const upload of later) watch.begin(upload, true);
  if (first !== undefined) watch.end(first);
  vi.advanceTimersByTime(LATEST_MS);
  watch.stop();
  expect(later.map(({ timeouts }) => timeouts)).toEqual([1, 1]);
});

test("an upload that is stopped is not told to go on, nor timed out; once it goes on, it has its full time", () => {
  const watch = new RequestWatch({ bodyMs: 12_000, totalMs: 0 });
  const upload = new Upload();
  watch.begin(upload, true);
  upload.isUploadStopped = true;
  vi.advanceTimersByTime(60_000);
  expect(upload).toMatchObject({ timeouts: 0, keptAlive: 0 });

  upload.isUploadStopped = false;
  vi.advanceTimersByTime(11_000);
  expect(upload.timeouts).toBe(0);
  expect(upload.keptAlive).toBeGreaterThan(0);
  vi.advanceTimersByTime(3000);
  expect(upload.timeouts).toBe(1);
  watch.stop();
});

test("a request whose upload was whole while it was stopped is told to go on, and not timed out", () => {
  const watch = new RequestWatch(LIMITS);
  const upload = new Upload();
  const watched = watch.begin(upload, true);
  if (watched === undefined) throw new TypeError("not watched");
  watch.uploaded(watched, true);
  vi.advanceTimersByTime(60_000);
  expect(upload).toMatchObject({ timeouts: 0, keptAlive: 15 });
  watch.stop();
});
