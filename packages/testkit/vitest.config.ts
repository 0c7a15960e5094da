import { project } from "./vitest-preset.js";

export default project();
