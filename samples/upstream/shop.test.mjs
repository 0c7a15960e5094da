import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";

import { createShopServer } from "./create-shop-server.mjs";

const ADA = { user: "ada", password: "secret" };
const GRACE = { user: "grace", password: "secret2" };

const server = createShopServer();
let origin = "";

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path, headers = {}) => fetch(origin + path, { headers });

const send = (method, path, body, headers = {}) =>
  fetch(origin + path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

async function tokenOf(user) {
  const { access_token: token } = await (await send("POST", "/shop/login", user)).json();
  return token;
}

async function bearer(user) {
  return { authorization: `Bearer ${await tokenOf(user)}` };
}

async function session(user) {
  const answer = await send("POST", "/atm/login", user);
  return { cookie: answer.headers.get("set-cookie").split(";")[0] };
}

function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
}

async function ordersOf(user) {
  return (await get("/shop/orders", await bearer(user))).json();
}

async function balanceOf(headers) {
  return (await (await get("/atm/balance", headers)).json()).balanceCents;
}

describe("anybody", () => {
  test("lists the products, and looks at one", async () => {
    const products = await (await get("/shop/products")).json();
    assert.equal(products.length, 3);
    assert.deepEqual(await (await get("/shop/products/2?lang=en")).json(), products[1]);
  });

  test("is greeted in plain text, and finds the upstream healthy", async () => {
    const hello = await get("/public/hello");
    assert.equal(hello.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(await hello.text(), "Hello from the shop.\n");
    assert.equal((await get("/health")).status, 200);
  });

  test("gets the head of a GET for a HEAD, without its body", async () => {
    const whole = await get("/shop/products");
    const head = await fetch(`${origin}/shop/products`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-length"), whole.headers.get("content-length"));
    assert.equal(await head.text(), "");
  });

  for (const path of [
    "/",
    "/shop",
    "/shop/products/",
    "/shop/products/9",
    "/shop/admin",
    "/SHOP/products",
    "//health",
  ]) {
    test(`gets 404 in JSON for ${path}`, async () => {
      const answer = await get(path);
      assert.equal(answer.status, 404);
      assert.equal(answer.headers.get("content-type"), "application/json");
      assert.equal(typeof (await answer.json()).error, "string");
    });
  }

  for (const [method, path, allow] of [
    ["PATCH", "/shop/products", "GET, HEAD"],
    ["GET", "/shop/cart", "POST"],
    ["HEAD", "/shop/login", "POST"],
    ["POST", "/shop/cart/1", "PUT, DELETE"],
  ]) {
    test(`gets 405 for ${method} ${path}, with what is allowed`, async () => {
      const answer = await fetch(origin + path, { method });
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, allow]);
    });
  }

  for (const [method, path] of [
    ["POST", "/shop/cart"],
    ["PUT", "/shop/cart/1"],
    ["DELETE", "/shop/cart/1"],
    ["GET", "/shop/orders"],
    ["GET", "/atm/balance"],
    ["POST", "/atm/transfer"],
    ["GET", "/partner/stock"],
  ]) {
    test(`gets 401 for ${method} ${path}`, async () => {
      assert.equal((await fetch(origin + path, { method })).status, 401);
    });
  }
});

describe("a login", () => {
  test("gives a token with the user's claims for an hour", async () => {
    const answer = await send("POST", "/shop/login", ADA);
    const { access_token: token, token_type: type, expires_in: seconds } = await answer.json();
    const { iat, exp, ...claims } = claimsOf(token);
    assert.deepEqual(claims, { username: "ada", client_id: "shop-web", sub: "user-1" });
    assert.deepEqual([type, seconds, exp - iat], ["Bearer", 3600, 3600]);
  });

  test("gives a session cookie that scripts cannot read", async () => {
    const answer = await send("POST", "/atm/login", GRACE);
    assert.match(
      answer.headers.get("set-cookie"),
      /^JSESSIONID=[0-9a-f]{32}; HttpOnly; Path=\/atm$/,
    );
  });

  for (const { name, credentials } of [
    { name: "a wrong password", credentials: { user: "ada", password: "secreT" } },
    { name: "somebody else's password", credentials: { user: "ada", password: "secret2" } },
    { name: "an unknown user", credentials: { user: "eve", password: "secret" } },
    { name: "an inherited name", credentials: { user: "__proto__", password: "secret" } },
    { name: "no password", credentials: { user: "ada" } },
    { name: "a password in an array", credentials: { user: "ada", password: ["secret"] } },
    { name: "nothing", credentials: {} },
  ]) {
    test(`with ${name} gets 401`, async () => {
      assert.equal((await send("POST", "/shop/login", credentials)).status, 401);
      assert.equal((await send("POST", "/atm/login", credentials)).status, 401);
    });
  }
});

describe("a token", () => {
  test("opens its user's orders and nobody else's", async () => {
    assert.deepEqual(
      (await ordersOf(ADA)).map(({ id }) => id),
      ["1001"],
    );
    assert.deepEqual(
      (await ordersOf(GRACE)).map(({ id }) => id),
      ["1002"],
    );
  });

  for (const { name, forge } of [
    { name: "without its signature", forge: ([head, payload]) => `${head}.${payload}.` },
    { name: "cut after its payload", forge: ([head, payload]) => `${head}.${payload}` },
    { name: "with a part too many", forge: (parts) => `${parts.join(".")}.x` },
    {
      name: "with another user's claims",
      forge: ([head, , signature], other) => `${head}.${other[1]}.${signature}`,
    },
    {
      name: "with another token's signature",
      forge: ([head, payload], other) => `${head}.${payload}.${other[2]}`,
    },
    {
      name: "that says alg none",
      forge: ([, payload]) => `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`,
    },
    { name: "that is empty", forge: () => "" },
  ]) {
    test(`${name} gets 401`, async () => {
      const [token, other] = [await tokenOf(ADA), await tokenOf(GRACE)];
      const authorization = `Bearer ${forge(token.split("."), other.split("."))}`;
      assert.equal((await get("/shop/orders", { authorization })).status, 401);
    });
  }

  test("under another scheme gets 401", async () => {
    const authorization = `Basic ${await tokenOf(ADA)}`;
    assert.equal((await get("/shop/orders", { authorization })).status, 401);
  });
});

describe("a cart", () => {
  test("takes an item, changes it, and gives it up", async () => {
    const headers = await bearer(ADA);
    const added = await send("POST", "/shop/cart", { product: "1", quantity: 2 }, headers);
    const item = await added.json();
    assert.deepEqual([added.status, item], [201, { id: item.id, product: "1", quantity: 2 }]);
    const path = added.headers.get("location");
    const changed = await send("PUT", path, { quantity: 5 }, headers);
    assert.deepEqual(await changed.json(), { ...item, quantity: 5 });
    assert.equal((await fetch(origin + path, { method: "DELETE", headers })).status, 200);
    assert.equal((await fetch(origin + path, { method: "DELETE", headers })).status, 404);
  });

  test("is out of reach for another user", async () => {
    const added = await send(
      "POST",
      "/shop/cart",
      { product: "1", quantity: 2 },
      await bearer(ADA),
    );
    const headers = await bearer(GRACE);
    const changed = await send("PUT", added.headers.get("location"), { quantity: 5 }, headers);
    assert.equal(changed.status, 404);
  });

  for (const { name, item } of [
    { name: "an unknown product", item: { product: "9", quantity: 1 } },
    { name: "no quantity", item: { product: "1" } },
    { name: "a quantity of 0", item: { product: "1", quantity: 0 } },
    { name: "a quantity of 100", item: { product: "1", quantity: 100 } },
    { name: "half an item", item: { product: "1", quantity: 0.5 } },
    { name: "a quantity as text", item: { product: "1", quantity: "1" } },
  ]) {
    test(`refuses ${name}`, async () => {
      assert.equal((await send("POST", "/shop/cart", item, await bearer(ADA))).status, 400);
    });
  }

  test("is full at 100 items", async () => {
    const headers = await bearer(GRACE);
    const add = () => send("POST", "/shop/cart", { product: "3", quantity: 1 }, headers);
    for (let i = 0; i < 100; i++) assert.equal((await add()).status, 201);
    assert.equal((await add()).status, 409);
  });
});

describe("a session", () => {
  test("moves money between two users", async () => {
    const [ada, grace] = [await session(ADA), await session(GRACE)];
    const [had, hers] = [await balanceOf(ada), await balanceOf(grace)];
    const moved = await send("POST", "/atm/transfer", { to: "grace", cents: 500 }, ada);
    assert.deepEqual(await moved.json(), { balanceCents: had - 500 });
    assert.deepEqual([await balanceOf(ada), await balanceOf(grace)], [had - 500, hers + 500]);
  });

  for (const { name, order, status } of [
    { name: "more than there is", order: { to: "grace", cents: 999_999_999 }, status: 409 },
    { name: "a negative amount", order: { to: "grace", cents: -1 }, status: 400 },
    { name: "a fraction of a cent", order: { to: "grace", cents: 0.5 }, status: 400 },
    { name: "an amount as text", order: { to: "grace", cents: "1" }, status: 400 },
    { name: "to nobody", order: { to: "eve", cents: 1 }, status: 400 },
    { name: "to oneself", order: { to: "ada", cents: 1 }, status: 400 },
  ]) {
    test(`does not move ${name}`, async () => {
      const headers = await session(ADA);
      const had = await balanceOf(headers);
      assert.equal((await send("POST", "/atm/transfer", order, headers)).status, status);
      assert.equal(await balanceOf(headers), had);
    });
  }

  for (const cookie of [
    "JSESSIONID=",
    "JSESSIONID",
    "JSESSIONID=0123",
    "jsessionid=x",
    "XJSESSIONID=x",
    ";;=",
  ]) {
    test(`does not open with the cookie ${cookie}`, async () => {
      assert.equal((await get("/atm/balance", { cookie })).status, 401);
    });
  }

  test("is found among other cookies", async () => {
    const { cookie } = await session(ADA);
    assert.equal((await get("/atm/balance", { cookie: `a=1; ${cookie}; b=2` })).status, 200);
  });
});

test("an API key opens the partner API, its beginning does not", async () => {
  assert.equal((await get("/partner/stock", { "x-api-key": "partner-sample-key" })).status, 200);
  assert.equal((await get("/partner/stock", { "x-api-key": "partner-sample-ke" })).status, 401);
});
