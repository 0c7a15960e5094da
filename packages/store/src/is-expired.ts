/** Whether an expiry in seconds since 1970, 0 for never, has come. */
export function isExpired(expiresAt: number, nowSeconds: number): boolean {
  return expiresAt !== 0 && nowSeconds >= expiresAt;
}
