import { json, Refusal } from "./answer.mjs";
import { readJson } from "./read-json.mjs";
import { openSession, userOfSession } from "./sessions.mjs";
import { isUser, logIn } from "./users.mjs";

/** User name to balance in cents. */
const balances = new Map([
  ["ada", 120_000],
  ["grace", 80_000],
]);

/** The API under `/atm`: its clients carry a session cookie. */
export const atmRoutes = [
  { path: "/atm/login", methods: { POST: login } },
  { path: "/atm/balance", methods: { GET: showBalance } },
  { path: "/atm/transfer", methods: { POST: transfer } },
];

async function login({ request }) {
  const user = logIn(await readJson(request));
  const cookie = `JSESSIONID=${openSession(user)}; HttpOnly; Path=/atm`;
  return json(200, { user: user.name }, { "set-cookie": cookie, "cache-control": "no-store" });
}

function showBalance({ request }) {
  return json(200, { balanceCents: balances.get(requireUser(request)) });
}

async function transfer({ request }) {
  const from = requireUser(request);
  const { to, cents } = await readJson(request);
  if (!isUser(to) || to === from) throw new Refusal(400, "expected another user to transfer to");
  if (!Number.isSafeInteger(cents) || cents < 1) throw new Refusal(400, "expected cents above 0");
  const balance = balances.get(from);
  if (cents > balance) throw new Refusal(409, "the balance is too low");
  balances.set(from, balance - cents);
  balances.set(to, balances.get(to) + cents);
  return json(200, { balanceCents: balance - cents });
}

function requireUser(request) {
  const user = userOfSession(request.headers.cookie);
  if (user === undefined) throw new Refusal(401, "a valid session is required");
  return user;
}
