import { HOT_PATH, project } from "@portcullis/testkit/vitest-preset";

export default project(HOT_PATH);
