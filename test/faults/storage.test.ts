/** Every call that the handlers of contexts, syncs and files make, with every fault. */
import { contextStories } from "./stories/context";
import { contextFileStories } from "./stories/contextFile";
import { contextFolderStories } from "./stories/contextFolder";
import { syncStories } from "./stories/sync";
import { testFaults } from "./suite";

testFaults(
    ["Context", "Sync", "ContextFile", "ContextFolder"],
    [...contextStories, ...syncStories, ...contextFileStories, ...contextFolderStories],
);
