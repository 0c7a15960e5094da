/** `automaticDenials` where the author says nothing. */
export const DEFAULT_DENIALS = {
  ipv6Prefix: 64,
  unprovenLimit: 5,
  listedLimit: 100,
  sharedIdentities: 10,
  sharedOffences: 20,
  sharedDuration: 300_000,
  sparesCrossSite: true,
};
