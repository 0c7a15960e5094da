export { TokenPool, type TokenPoolOptions } from "./token-pool.ts";
