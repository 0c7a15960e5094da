import { json, Refusal } from "./answer.mjs";
import { readJson } from "./read-json.mjs";
import { issueToken, userOfToken } from "./tokens.mjs";
import { logIn } from "./users.mjs";

const MAX_CART_ITEMS = 100;
const MAX_QUANTITY = 99;

const PRODUCTS = [
  { id: "1", name: "Oil lamp", priceCents: 2450 },
  { id: "2", name: "Iron hinge", priceCents: 890 },
  { id: "3", name: "Oak plank", priceCents: 1275 },
];

const ORDERS = new Map([
  ["ada", [{ id: "1001", product: "2", quantity: 4, status: "delivered" }]],
  ["grace", [{ id: "1002", product: "1", quantity: 1, status: "packed" }]],
]);

/** User name to cart, a cart being item id to item. */
const carts = new Map();
let lastItemId = 0;

/** The API under `/shop`: its clients carry the token that a login gave them. */
export const shopRoutes = [
  { path: "/shop/login", methods: { POST: login } },
  { path: "/shop/products", methods: { GET: listProducts } },
  { path: "/shop/products/{id}", methods: { GET: showProduct } },
  { path: "/shop/cart", methods: { POST: addItem } },
  { path: "/shop/cart/{id}", methods: { PUT: changeItem, DELETE: removeItem } },
  { path: "/shop/orders", methods: { GET: listOrders } },
];

async function login({ request }) {
  return json(200, issueToken(logIn(await readJson(request))), { "cache-control": "no-store" });
}

function listProducts() {
  return json(200, PRODUCTS);
}

function showProduct({ id }) {
  const product = PRODUCTS.find((candidate) => candidate.id === id);
  if (product === undefined) throw new Refusal(404, "no such product");
  return json(200, product);
}

async function addItem({ request }) {
  const cart = cartOf(requireUser(request));
  const { product, quantity } = await readJson(request);
  if (!PRODUCTS.some(({ id }) => id === product)) throw new Refusal(400, "no such product");
  checkQuantity(quantity);
  if (cart.size >= MAX_CART_ITEMS) throw new Refusal(409, "the cart is full");
  const item = { id: String(++lastItemId), product, quantity };
  cart.set(item.id, item);
  return json(201, item, { location: `/shop/cart/${item.id}` });
}

async function changeItem({ request, id }) {
  const cart = cartOf(requireUser(request));
  const { quantity } = await readJson(request);
  checkQuantity(quantity);
  const item = cart.get(id);
  if (item === undefined) throw new Refusal(404, "no such item");
  item.quantity = quantity;
  return json(200, item);
}

function removeItem({ request, id }) {
  if (!cartOf(requireUser(request)).delete(id)) throw new Refusal(404, "no such item");
  return json(200, { removed: id });
}

function listOrders({ request }) {
  return json(200, ORDERS.get(requireUser(request)) ?? []);
}

function requireUser(request) {
  const user = userOfToken(request.headers.authorization);
  if (user === undefined) {
    throw new Refusal(401, "a valid token is required", { "www-authenticate": "Bearer" });
  }
  return user;
}

function cartOf(user) {
  if (!carts.has(user)) carts.set(user, new Map());
  return carts.get(user);
}

function checkQuantity(quantity) {
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY) {
    throw new Refusal(400, `expected a quantity from 1 to ${MAX_QUANTITY}`);
  }
}
