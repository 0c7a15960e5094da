/** What the upstream answers to every request. */
export const ANSWER_BODY: string = JSON.stringify({
  id: 42,
  name: "Ada",
  items: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  status: "ok",
  padding: "x".repeat(64),
});
