// Contexts and their files on the console.
import { fetchData } from "./api.js";
import { element, formatDate, formatSize, tagElement, timeElement, updateChildren } from "./dom.js";

/** The contexts' elements, by id. They are reused, so expanded folders stay expanded. */
const contextElements = new Map();

/** Shows the contexts in a list element. */
export function showContexts(contextList, contexts) {
    for (const [id, { root }] of contextElements) {
        if (contexts.some((context) => context.id === id)) continue;
        root.remove();
        contextElements.delete(id);
    }
    for (const [index, context] of contexts.entries()) {
        const elements = contextElements.get(context.id) ?? createContextElement(context.id);
        updateChildren(elements.title, [
            element("strong", {}, context.name),
            " ",
            element(
                "span",
                { class: "facts" },
                element("span", { class: "id" }, context.id),
                element("span", {}, "used ", timeElement(context.lastUsedAt, formatDate(context.lastUsedAt))),
                context.uploadModes.length > 0
                    ? element("span", {}, `${context.uploadModes.join(" and ").toLowerCase()} mode`)
                    : undefined,
            ),
            context.state === "available" ? "" : tagElement(context.state, context.state),
        ]);
        const sibling = contextList.children[index];
        if (sibling !== elements.root) contextList.insertBefore(elements.root, sibling ?? null);
        if (elements.root.open) void showFolder(context.id, "/", elements.files);
    }
}

function createContextElement(id) {
    const title = element("span");
    const files = element("ul", { class: "tree", "aria-label": "Files" });
    const root = element("details", { class: "context", "data-id": id }, element("summary", {}, title), files);
    root.addEventListener("toggle", () => root.open && void showFolder(id, "/", files));
    const created = { root, title, files };
    contextElements.set(id, created);
    return created;
}

async function showFolder(contextId, folder, list) {
    let response;
    try {
        response = await fetchData(`files?${new URLSearchParams({ contextId, folder })}`);
    } catch {
        // The context may have been deleted. The next status shows it.
        return;
    }
    const text = JSON.stringify(response);
    const expanded = [...list.querySelectorAll(":scope > li > details[open]")];
    if (list.dataset.shown !== text) {
        list.dataset.shown = text;
        const existing = new Map(
            [...list.querySelectorAll(":scope > li > details")].map((item) => [item.dataset.path, item.parentElement]),
        );
        const items = response.data.map((entry) =>
            entry.folder ? (existing.get(entry.path) ?? folderElement(contextId, entry.path)) : fileElement(entry),
        );
        if (response.count > response.data.length)
            items.push(element("li", { class: "facts" }, `and ${response.count - response.data.length} more`));
        if (items.length === 0) items.push(element("li", { class: "facts" }, "no files"));
        const focused = document.activeElement;
        list.replaceChildren(...items);
        if (focused?.isConnected) focused.focus({ preventScroll: true });
    }
    for (const item of expanded)
        if (item.isConnected) void showFolder(contextId, item.dataset.path, item.querySelector("ul"));
}

const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

function folderElement(contextId, path) {
    const list = element("ul", { "aria-label": path });
    const details = element(
        "details",
        { "data-path": path },
        element("summary", { class: "path" }, `${nameOf(path)}/`),
        list,
    );
    details.addEventListener("toggle", () => details.open && void showFolder(contextId, path, list));
    return element("li", {}, details);
}

function fileElement(entry) {
    return element(
        "li",
        { class: "file" },
        element("span", { class: "path" }, nameOf(entry.path)),
        element("span", {}, formatSize(entry.size)),
        element("span", {}, entry.modifiedMs === undefined ? "" : formatDate(entry.modifiedMs)),
    );
}
