/** The definition table of `ContextFile`. */
import { defineResource } from "./definition";

export const contextFileDefinition = defineResource({
    name: "ContextFile",
    handlers: "contextFile",
    inputs: {
        contextId: "replace",
        path: "replace",
        // A change of the content shows as a change of `hash`.
        source: "none",
        content: "none",
        overwrite: "update",
    },
    outputs: {
        hash: { expected: true, secretWhen: ["source", "content"] },
        size: { expected: true, secretWhen: ["source", "content"] },
        modifiedTime: {},
    },
    deleteBeforeReplace: false,
    importAlternative: "Declare the file with overwrite: true to replace the existing one.",
});
