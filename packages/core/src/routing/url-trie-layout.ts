/**
 * The shared buffer of a compiled URL trie: a header of `HEADER_INTS` 32-bit integers, then nodes,
 * decisions and parameters as 32-bit integers, then the bytes of all suffixes.
 *
 * Whatever refers to a node, decision or parameter holds the index of its first integer behind the
 * header, so that reaching a field is one addition.
 */
export const HEADER_INTS = 8;
/** Header: how many integers stand behind it. */
export const BODY_LENGTH = 0;
/** Header: how many bytes the suffixes take. */
export const SUFFIXES_LENGTH = 1;
/** Header: the node that every host name starts from. */
export const HOSTS_ROOT = 2;
/** Header: the node that paths of the host `*` start from, or `NONE`. */
export const WILDCARD_ROOT = 3;
/** Header: how many alternatives can be pending at once in any look-up. */
export const MAX_PENDING = 4;

/** A node is two integers: small, since a look-up reads one for each character. */
export const NODE_INTS = 2;
/**
 * The child for label `c` is at `BASE + c * NODE_INTS`, if that node's `CHECK` is this node.
 * Where more than the next character matters: the complement of a decision, which is negative.
 */
export const BASE = 0;
/** The parent node, or negative. A child for `END_LABEL` is no node: its `BASE` is a value. */
export const CHECK = 1;

export const DECISION_INTS = 4;
/** What the node's `BASE` would be. */
export const CHILDREN = 0;
/** The most specific parameter that may start here, or `NONE`. */
export const PARAMETER = 1;
/** The value of a path that ends here, or `NONE`. */
export const END_VALUE = 2;
/** The value of a path that goes on here with a slash, or `NONE`. */
export const PREFIX_VALUE = 3;

export const PARAMETER_INTS = 4;
/** The node behind the parameter. */
export const BEHIND = 0;
/** The next less specific parameter at the same place, or `NONE`. */
export const NEXT = 1;
/**
 * The bytes that must end the segment: where they are among all, and how many. `NONE` without any;
 * then it is the least specific.
 */
export const SUFFIX = 2;
export const SUFFIX_LENGTH = 3;

/** No node, no parameter, no value; as `CHECK`: a free slot. */
export const NONE = -1;
/** As `CHECK`: no character leads here. */
export const NO_PARENT = -2;

/** Labels of characters are ASCII: a character above this has no child anywhere. */
export const MAX_LABEL = 0x7f;
/** The label behind the last character. */
export const END_LABEL = 0x80;
