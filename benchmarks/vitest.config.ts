import { project } from "@portcullis/testkit/vitest-preset";

export default project();
