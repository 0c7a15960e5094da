/** What a call answers that has changed nothing. */
export interface Failure {
  readonly status: "error";
  readonly status_message: string;
}

export function failure(message: string): Failure {
  return { status: "error", status_message: message };
}

/** RFC 9110, 15.5.2: who answers 401 says what is asked for. The scheme is ours: keys in header fields of their own. */
export const KEYS_CHALLENGE: { readonly "www-authenticate": string } = {
  "www-authenticate": 'AccessKey realm="portcullis"',
};
