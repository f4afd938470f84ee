/** The definition table of `Context`. */
import { defineResource } from "./definition";

export const contextDefinition = defineResource({
    name: "Context",
    handlers: "context",
    inputs: {
        name: "update",
        adopt: "update",
        forceDestroy: "update",
        region: "replace",
    },
    outputs: {
        state: {},
        createTime: {},
        lastUsedTime: {},
        adopted: {},
    },
    deleteBeforeReplace: true,
    importAlternative: "Take a context over by its name with adopt: true, or refer to it with Context.get(name, id).",
});
