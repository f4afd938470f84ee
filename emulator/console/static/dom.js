// Elements and formats of the console.

/** Creates an element. Children are inserted as text or elements, never as HTML. */
export function element(name, attributes = {}, ...children) {
    const created = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) created.setAttribute(key, value);
    created.append(...children.filter((child) => child !== undefined));
    return created;
}

/** Updates the children of an element in place. Only differences are touched, so selections are preserved. */
export function updateChildren(parent, children) {
    const updated = [...element("div", {}, ...children).childNodes];
    for (const [index, child] of updated.entries()) {
        const old = parent.childNodes[index];
        if (old === undefined) parent.append(child);
        else if (old.nodeName !== child.nodeName) old.replaceWith(child);
        else if (old.nodeType === Node.TEXT_NODE) {
            if (old.data !== child.data) old.data = child.data;
        } else {
            for (const { name } of [...old.attributes]) if (!child.hasAttribute(name)) old.removeAttribute(name);
            for (const { name, value } of child.attributes)
                if (old.getAttribute(name) !== value) old.setAttribute(name, value);
            updateChildren(old, [...child.childNodes]);
        }
    }
    while (parent.childNodes.length > updated.length) parent.lastChild.remove();
}

export function formatDuration(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86400)} d`;
}
export function formatSize(bytes) {
    const units = ["B", "KB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
    return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
export const formatTime = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
export const formatDate = (ms) =>
    new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short", hour12: false });
export const timeElement = (ms, text) =>
    element("time", { datetime: new Date(ms).toISOString(), title: formatDate(ms) }, text);
const TAG_CLASSES = { Success: "good", Failed: "bad", RUNNING: "good", available: "good" };
export const tagElement = (text, status) => element("span", { class: `tag ${TAG_CLASSES[status] ?? "busy"}` }, text);
