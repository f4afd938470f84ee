// What the buttons of the lists do. The lists change while they are shown, so the page handles clicks, not each button.
import { download, post, remove } from "./api.js";
import { confirmAction, notify, viewFile } from "./dialogs.js";

const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

const ACTIONS = {
    async sync({ session, title }) {
        await post("sync", { sessionId: session });
        notify(`${title}: uploading its mounts`);
    },
    async release({ session, title }) {
        const text = `The mounts of ${title} are uploaded, then its disk is deleted and its processes end. A deployment with Pulumi creates the session again.`;
        if (!(await confirmAction("Release this session?", text, "Release"))) return;
        await post("release", { sessionId: session });
        notify(`${title}: released`);
    },
    view: ({ context, path }) => viewFile(context, path),
    download: ({ context, path }) => download("download", { contextId: context, path }, nameOf(path)),
    async delete({ context, path, title }) {
        const text = `${path} is deleted from the context ${title}. Sessions that mount it keep their copies, and may upload them again.`;
        if (!(await confirmAction("Delete this file?", text, "Delete"))) return;
        await remove("file", { contextId: context, path });
        notify(`${path} deleted`);
    },
    "remove-fault": ({ fault }) => remove("faults", { id: fault }),
};

/** Calls `done` after each action. */
export function handleActions(done) {
    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-action]");
        if (button) void runAction(() => ACTIONS[button.dataset.action](button.dataset)).then(done);
    });
}

/** Runs something that may fail, and reports the failure. */
export async function runAction(action) {
    try {
        await action();
    } catch (error) {
        notify(error.isRejected ? error.message : "The local AGB is not responding.", true);
    }
}
