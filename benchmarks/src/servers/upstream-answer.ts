/** Sizes of answers that the upstream has ready, at paths that end in `/bytes/SIZE`. */
export const ANSWER_SIZES: readonly number[] = [0, 1, 16, 256, 1024].map((kib) => kib * 1024);

/** What the upstream answers to every other request. */
export const ANSWER_BODY: string = JSON.stringify({
  id: 42,
  name: "Ada",
  items: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  status: "ok",
  padding: "x".repeat(64),
});
