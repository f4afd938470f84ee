/** The definition table of `ContextFolder`. */
import { defineResource } from "./definition";

export const contextFolderDefinition = defineResource({
    name: "ContextFolder",
    handlers: "contextFolder",
    inputs: {
        contextId: "replace",
        path: "replace",
        source: "update",
        include: "update",
        exclude: "update",
        overwrite: "update",
    },
    outputs: {
        files: { expected: true },
        fileCount: {},
        totalSize: {},
    },
    deleteBeforeReplace: false,
    importAlternative: "Declare the folder with overwrite: true to replace existing files.",
});
