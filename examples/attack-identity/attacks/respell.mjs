import { GATEWAY } from "../deployment.mjs";
import { unsignedJwt, utf8 } from "../wire.mjs";

const PATH = "/shop/a";
const authorized = (value) => ({ path: PATH, lines: [`Authorization: ${value}`] });
const cookie = (value) => ({ path: PATH, lines: [`Cookie: ${value}`] });
const claimed = (sub) => ({
  path: "/claims/a",
  lines: [`Authorization: Bearer ${unsignedJwt({ sub })}`],
});
const named = (name) => ({ path: PATH, from: GATEWAY, lines: [`X-User: ${utf8(name)}`] });
const behind = (...lines) => ({ path: PATH, from: GATEWAY, lines });
const login = (body, type, path = "/shop/login") => ({
  method: "POST",
  path: `${path}?session=mine`,
  lines: [`Content-Type: ${type}`],
  body,
});

const TOKEN = { type: "token", value: "stolen-1" };
const COOKIE = { type: "cookie", name: "SID", value: "session-1" };
const KEY = { type: "api_key", name: "key", value: "k 1" };
const USER = { type: "username", value: "mallory" };
const ADDRESS = { type: "ip", value: "203.0.113.9" };
const OWN_ADDRESS = { type: "ip", value: "127.41.0.1" };
const own = (...lines) => ({ path: PATH, from: "127.41.0.1", lines });

/** Each is denied by hand, as `denied`, and comes back as `request`. */
const ROWS = [
  ["a token under bEARER", TOKEN, authorized("bEARER stolen-1")],
  ["a token after three blanks", TOKEN, authorized("Bearer   stolen-1")],
  ["a token before a tab", TOKEN, authorized("Bearer stolen-1\t")],
  ["a token as the id of a MAC", TOKEN, authorized('MAC id="stolen-1", mac="x"')],
  ["a token in the query", TOKEN, { path: `${PATH}?access_token=stolen-1` }],
  ["a token in the query, escaped", TOKEN, { path: `${PATH}?%61ccess_token=stolen%2D1` }],
  [
    "a token beside another one",
    TOKEN,
    { path: PATH, lines: ["Authorization: Bearer other", "Authorization: Bearer stolen-1"] },
  ],
  [
    "a token on another API",
    TOKEN,
    { path: "/claims/a", lines: ["Authorization: Bearer stolen-1"] },
  ],
  [
    "a token that Connection wants dropped",
    TOKEN,
    { path: PATH, lines: ["Authorization: Bearer stolen-1", "Connection: authorization"] },
  ],
  ["a cookie in quotes", COOKIE, cookie('SID="session-1"')],
  ["a cookie with blanks", COOKIE, cookie("a=b;  SID = session-1 ")],
  ["a cookie behind a decoy of its name", COOKIE, cookie("SID=other; SID=session-1")],
  ["a cookie in RFC 2109's syntax", COOKIE, cookie('$Version=1; SID="session-1"')],
  ["an API key with a plus", KEY, { path: `${PATH}?key=k+1` }],
  ["an API key with escapes in its name", KEY, { path: `${PATH}?%6bey=%6b%201` }],
  ["an API key given twice", KEY, { path: `${PATH}?key=other&key=k+1` }],
  ["an API key that is a header", KEY, { path: `${PATH}?key=other`, lines: ["key: k 1"] }],
  ["a user name in capitals", USER, named("MALLORY")],
  ["a user name in full width", USER, named("mａｌｌｏry")],
  ["a user name with what prints nothing", USER, named("mal\u200Dlory")],
  ["a user name with a direction mark, in a token", USER, claimed("\u202Emallory")],
  ["a user name in other case, in a token", USER, claimed(" Mallory")],
  [
    "a login with two names",
    USER,
    login("user=alice&user=mallory", "application/x-www-form-urlencoded"),
  ],
  [
    "a login with two members",
    USER,
    login('{"user":"alice","user":"mallory"}', "application/json"),
  ],
  ["a login with a list of names", USER, login('{"user":["mallory"]}', "application/json")],
  ["a login in parts", USER, login("user=mallory", "multipart/form-data; boundary=x")],
  ["an address that claims to be another one", OWN_ADDRESS, own("X-Forwarded-For: 198.51.100.7")],
  [
    "an address in every other header",
    OWN_ADDRESS,
    own(
      "Forwarded: for=198.51.100.7",
      "X-Real-IP: 198.51.100.7",
      "CF-Connecting-IP: 198.51.100.7",
      "True-Client-IP: 198.51.100.7",
    ),
  ],
  ["an address mapped to IPv6", ADDRESS, behind("X-Forwarded-For: ::ffff:203.0.113.9")],
  ["an address in hexadecimal", ADDRESS, behind("X-Forwarded-For: ::ffff:cb00:7109")],
  ["an address with a port", ADDRESS, behind("X-Forwarded-For: 203.0.113.9:4711")],
  [
    "an address behind an invented hop",
    ADDRESS,
    behind("X-Forwarded-For: 198.51.100.7, 203.0.113.9"),
  ],
  [
    "an address in a second field",
    ADDRESS,
    behind("X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 203.0.113.9"),
  ],
];

/** A denied client comes back under another spelling of the identifier that it was denied by. */
export const RESPELL = [
  ...ROWS.map(([sent, denied, request]) => ({
    sent,
    async run({ ask, list }) {
      await list("blacklist", denied);
      const status = await ask(request);
      return { isHeld: status === 400 || status === 403, got: String(status) };
    },
  })),
  {
    sent: "a session of a denied user's own login",
    async run({ ask, list }) {
      await list("blacklist", USER);
      const request = login(
        "user=Mallory&password=x",
        "application/x-www-form-urlencoded",
        "/shop/Login/",
      );
      await ask({ ...request, path: request.path.replace("mine", "mallorys") });
      const status = await ask(cookie("SID=mallorys"));
      return { isHeld: status === 403, got: String(status) };
    },
  },
];
