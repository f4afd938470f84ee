// The contexts with their sizes and files.
import { fetchData } from "./api.js";
import { $, actionButton, codeElement, element, emptyElement, tagElement, updateChildren } from "./dom.js";
import { formatCount, formatDate, formatSize, sessionTitle, timeElement } from "./format.js";

/** The open folders, as JSON of the context and the path. Their files are fetched again with each update. */
const openFolders = new Set();
const folderKey = (contextId, path) => JSON.stringify([contextId, path]);

/** Calls `refresh` when a folder is opened. */
export function handleFolders(refresh) {
    // The event does not bubble.
    const list = $("context-list");
    list.addEventListener(
        "toggle",
        ({ target }) => {
            if (target.open) openFolders.add(target.dataset.folder);
            else openFolders.delete(target.dataset.folder);
            if (target.open) refresh();
        },
        true,
    );
}

export const contextsView = {
    async load() {
        const folders = [...openFolders].map(async (key) => {
            const [contextId, folder] = JSON.parse(key);
            // The context may have been deleted.
            const listing = await fetchData("files", { contextId, folder }).catch((error) => {
                if (!error.isRejected) throw error;
                openFolders.delete(key);
            });
            return [key, listing];
        });
        const [sizes, ...listings] = await Promise.all([fetchData("sizes"), ...folders]);
        return { sizes: sizes.data, listings: new Map(listings) };
    },
    show({ sizes, listings }, { contexts, sessions }) {
        updateChildren(
            $("context-list"),
            contexts.length === 0
                ? [
                      emptyElement(
                          "No contexts yet.",
                          "A context stores files that outlive sandboxes. Declare a ",
                          codeElement("Context"),
                          " and run ",
                          codeElement("npx pulumi-agb up"),
                          ".",
                      ),
                  ]
                : contexts.map((context) => contextElement(context, sizes[context.id], listings, sessions)),
        );
    },
};

function contextElement(context, size, listings, sessions) {
    const { id, name, lastUsedAt, uploadModes, state } = context;
    const users = sessions.filter(({ mounts }) => mounts.some(({ contextId }) => contextId === id));
    return element(
        "details",
        { class: "entry", id, "data-key": id, "data-folder": folderKey(id, "/") },
        element(
            "summary",
            {},
            element("strong", { class: "grow" }, name),
            state === "available" ? undefined : tagElement(state, state),
            size && element("span", { class: "fact" }, sizeText(size)),
        ),
        element(
            "div",
            { class: "body" },
            element(
                "p",
                { class: "facts" },
                element("span", { class: "id" }, id),
                element("span", {}, "used ", timeElement(lastUsedAt, formatDate(lastUsedAt))),
                uploadModes.length > 0
                    ? element("span", {}, `${uploadModes.join(" and ").toLowerCase()} mode`)
                    : undefined,
                users.length > 0
                    ? element(
                          "span",
                          {},
                          "mounted in ",
                          ...users.flatMap((session, index) => [
                              ...(index > 0 ? [", "] : []),
                              element("a", { href: `#sessions/${session.id}` }, sessionTitle(session.name, session.id)),
                          ]),
                      )
                    : undefined,
            ),
            folderList(context, "/", "Files", listings),
        ),
    );
}

const sizeText = ({ files, bytes }) => (files === 0 ? "empty" : `${formatCount(files, "file")}, ${formatSize(bytes)}`);

function folderList(context, path, label, listings) {
    const listing = listings.get(folderKey(context.id, path));
    const note = (text) => element("li", { class: "note", "data-key": "note" }, text);
    if (listing === undefined) return element("ul", { class: "tree", "aria-label": label }, note("…"));
    const hidden = listing.count - listing.data.length;
    return element(
        "ul",
        { class: "tree", "aria-label": label },
        ...listing.data.map((entry) =>
            entry.folder ? folderElement(context, entry.path, listings) : fileElement(context, entry),
        ),
        hidden > 0 ? note(`and ${hidden} more`) : undefined,
        listing.data.length === 0 ? note("No files. A sync of a session or a ContextFile adds some.") : undefined,
    );
}

const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

const folderElement = (context, path, listings) =>
    element(
        "li",
        { "data-key": path },
        element(
            "details",
            { "data-folder": folderKey(context.id, path) },
            element("summary", { class: "path" }, `${nameOf(path)}/`),
            folderList(context, path, path, listings),
        ),
    );

function fileElement({ id, name }, { path, size, modifiedMs }) {
    const data = { context: id, path, title: name };
    const button = (action, text) => actionButton(action, data, text, { "aria-label": `${text} ${path}` });
    return element(
        "li",
        { class: "file", "data-key": path },
        actionButton("view", data, nameOf(path), { class: "link path", title: `View ${path}` }),
        element("span", { class: "fact" }, formatSize(size)),
        element("span", { class: "fact date" }, modifiedMs === undefined ? "" : formatDate(modifiedMs)),
        button("download", "Download"),
        button("delete", "Delete…"),
    );
}
